import { writeSync } from 'node:fs';

/**
 * Writes all of a text to an open file. One call to write(2) may take only a part of it, such as on a disk that is nearly full;
 * then the next call says why.
 * @param write writes from an offset and returns how many bytes it took.
 */
export function writeAll(
  file: number,
  text: string,
  write: (file: number, data: Buffer, offset: number) => number = writeSync,
): void {
  const data = Buffer.from(text);
  for (let offset = 0; offset < data.length; ) offset += write(file, data, offset);
}
