/** Where no log-in is given: that of the embedded backend. Everyone knows its password. */
export const defaultLogin = { email: 'stress@example.com', password: 'stress-password' } as const;
