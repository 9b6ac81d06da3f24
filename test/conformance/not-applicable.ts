/** Lines of the checklist that say nothing about this gateway, each with the reason. There is a test for every other one. */
export const NOT_APPLICABLE: Readonly<Record<string, string>> = {};
