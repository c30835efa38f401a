export { becomesWhole, clientOf, countPrimaries, podOf, readDeclared } from "./cluster.ts";
export { type LogLine, type OperatorProcess, startOperator } from "./start-operator.ts";
