/** Ids of classes of findings, of health checks and of kinds of targets; the kinds of targets say which there are. */
export const idPattern = /^[a-z][a-z0-9_]{0,63}$/;
