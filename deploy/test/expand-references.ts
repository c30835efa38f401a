/** Replaces each `$(NAME)` by the variable of that name, as the kubelet does; one that isn't there stays. */
export function expandReferences(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$\((\w+)\)/g, (reference, name: string) => variables.get(name) ?? reference);
}
