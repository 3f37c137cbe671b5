// The picture that every domain of the test driver shows.

/** A PNG of 64 by 48 pixels, dark blue with a lighter frame; its bytes are fresh, the caller may keep them. */
export function screenshotPng(): Uint8Array {
  return Uint8Array.from(atob(picture), (char) => char.charCodeAt(0));
}

const picture =
  'iVBORw0KGgoAAAANSUhEUgAAAEAAAAAwAgMAAADcJZSMAAAACVBMVEUQGDBgeLDQ2OieA97eAAAALUlEQVR42mMIRQMMDgwogJFe' +
  'AlyroACnAPVswSdAFVsWUC4wQNEwKoAigJ49ACz+KmMND8uQAAAAAElFTkSuQmCC';
