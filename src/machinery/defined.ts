/** An object without the members that are undefined. */
export const defined = <T extends object>(object: { readonly [member in keyof T]: T[member] | undefined }): T =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T
