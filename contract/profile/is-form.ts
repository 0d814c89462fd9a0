/** Whether a body of this content type is a form, encoded as in a URL. */
export const isForm = (contentType: string): boolean => /^application\/x-www-form-urlencoded\b/i.test(contentType);
