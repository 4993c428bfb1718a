/**
 * In the bundle instead of what the device SDK uploads files with, and calls and is on IoT Edge: hubhand does the last in its own
 * way, and the others not at all. A client of the SDK has one of each, and gives it its options, though it asks nothing of it.
 */
class Unused {
  setOptions() {}
}
module.exports = {
  BlobUploadClient: Unused,
  DefaultFileUploadApi: Unused,
  IotEdgeAuthenticationProvider: Unused,
  MethodClient: Unused,
};
