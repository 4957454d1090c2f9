/**
 * Replaces `$(NAME)` by what `lookup` says. A name it does not know stays as it is; `$$` is a dollar sign that starts
 * nothing, so `$$(NAME)` comes out as `$(NAME)`.
 */
export const expand = (text: string, lookup: (name: string) => string | undefined): string =>
  text.replace(/\$(?:\$|\(([^)]*)\))/g, (whole, name: string | undefined) => (name === undefined ? '$' : (lookup(name) ?? whole)))
