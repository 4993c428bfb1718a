// `preact.js` is the package's own file: served beside these modules in a checkout, bundled with them by the build.
export * from "preact";
