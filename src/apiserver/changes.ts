/** Takes each change as it comes, until there are no more; where there is nothing to change, at once. */
export async function takeAll<T>(changes: AsyncIterable<T> | undefined, take: (changed: T) => void): Promise<void> {
  for await (const changed of changes ?? []) take(changed)
}
