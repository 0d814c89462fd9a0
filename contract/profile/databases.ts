/** Databases that the monitor cannot ask, by the word that the profile has for them. */
const unwatched = {
  sqlite: 'SQLite',
  mysql: 'MySQL',
  mariadb: 'MariaDB',
  mongodb: 'MongoDB',
  'sql-server': 'SQL Server',
  oracle: 'Oracle',
  other: 'a database of another kind',
} as const;

type Unwatched = keyof typeof unwatched;

const isUnwatched = (word: string): word is Unwatched => Object.hasOwn(unwatched, word);

export const databaseWords = [
  ...(['present', 'none', 'unknown'] as const),
  ...(['sqlite', 'mysql', 'mariadb', 'mongodb', 'sql-server', 'oracle', 'other'] as const satisfies Unwatched[]),
] as const;
export type DatabaseWord = (typeof databaseWords)[number];

/** The name of a database that is there, and that the monitor cannot ask; null for any other word. */
export const unwatchedDatabase = (word: DatabaseWord): string | null => (isUnwatched(word) ? unwatched[word] : null);

/** Said of it wherever it would be judged. */
export const unwatchedWords = (name: string): string =>
  `the server keeps its data in ${name}, which webhook-stress cannot watch`;
