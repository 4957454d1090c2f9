/** What an object of a kind holds besides its type and its metadata, for one that is named so. */
export type Example = (name: string) => object
