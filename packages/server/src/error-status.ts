/** The statuses of the codes that every manager answers by itself, whatever its routes throw. */
export const serverErrorStatuses = {
  UNAUTHORIZED: 401,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  INTERNAL: 500,
} as const;
