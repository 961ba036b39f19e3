namespace Pipeline.Storage;

/// <summary>The store could not do what it was asked: no room, no permission, no connection. The message names the blob and the way out.</summary>
public sealed class BlobStoreException(string message, Exception? inner = null) : IOException(message, inner);
