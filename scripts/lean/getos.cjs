/**
 * In the bundle instead of the package `getos`, with which the SDK says at each first login what system it runs on. That one runs
 * `lsb_release` in a shell, on Debian a program in Python, and the login waits for it. This reads the file that all
 * distributions have (https://www.freedesktop.org/software/systemd/man/latest/os-release.html).
 */
const { readFile } = require("node:fs");

module.exports = function getOs(done) {
  readFile("/etc/os-release", "utf8", (error, text) => {
    if (error) {
      done(error);
      return;
    }
    const told = (key) => new RegExp(`^${key}=["']?([^"'\n]*)`, "m").exec(text)?.[1] ?? "";
    done(null, { os: "linux", dist: told("NAME"), release: told("VERSION_ID") });
  });
};
