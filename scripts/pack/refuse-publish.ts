/**
 * `prepublishOnly` of npm: what is published is the file that was tried. npm would tell the registry what the checkout's own
 * package.json says, with all its dependencies.
 */
process.stderr.write("Publish the packed file, after it was tried: docs/releasing.md says how.\n");
process.exit(1);
