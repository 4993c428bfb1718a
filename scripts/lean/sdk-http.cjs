/**
 * In the bundle instead of what the device SDK uploads files with, and calls modules on IoT Edge: hubhand does neither. A client of
 * the SDK has one of each, and gives it its options, though it asks nothing of it.
 */
class Unused {
  setOptions() {}
}
module.exports = {
  BlobUploadClient: Unused,
  DefaultFileUploadApi: Unused,
  MethodClient: Unused,
};
