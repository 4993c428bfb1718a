/** In the bundle instead of `@azure/storage-blob`: the SDK uploads files with it, and hubhand does not. */
throw new Error("uploading files is not in this bundle");
