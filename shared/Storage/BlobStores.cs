using Azure.Identity;
using Azure.Storage.Blobs;

namespace Pipeline.Storage;

/// <summary>Opens the store that a setting names.</summary>
public static class BlobStores
{
    private static readonly string[] ConnectionStringKeys = ["AccountName=", "BlobEndpoint=", "UseDevelopmentStorage=", "SharedAccessSignature="];

    /// <summary>
    /// A folder's path gives a <see cref="FolderBlobStore"/>; a connection string, or a storage account's address
    /// (<c>https://ACCOUNT.blob.core.windows.net</c>, signed in by managed identity or whatever else this machine offers), an
    /// <see cref="AzureBlobStore"/>.
    /// </summary>
    /// <param name="location">The folder, connection string or address.</param>
    /// <param name="clock">Gives a folder store its times; the system's if null.</param>
    /// <exception cref="BlobStoreException">The location is none of these, or the folder cannot be made. The message holds no secret.</exception>
    public static IBlobStore Open(string location, TimeProvider? clock = null)
    {
        if (string.IsNullOrWhiteSpace(location))
        {
            throw new BlobStoreException("No store is named. Give a folder, a connection string or the address of a storage account.");
        }

        if (IsConnectionString(location))
        {
            try
            {
                return new AzureBlobStore(new BlobServiceClient(location));
            }
            catch (Exception exception) when (exception is FormatException or ArgumentException)
            {
                // Neither the text nor the inner exception is passed on: they may quote the key.
                throw new BlobStoreException("The store's connection string is not valid. Copy it again from the storage account's access keys.");
            }
        }

        return FolderOf(location) is { } folder
            ? new FolderBlobStore(folder, clock ?? TimeProvider.System)
            : Uri.TryCreate(location, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps
                ? new AzureBlobStore(address.Query.Length > 0 ? new BlobServiceClient(address) : new BlobServiceClient(address, new DefaultAzureCredential()))
                : throw new BlobStoreException("The store's address must begin with https://, such as https://ACCOUNT.blob.core.windows.net.");
    }

    /// <summary>The folder that a location names, or null if it names a storage account.</summary>
    public static string? FolderOf(string location) => IsConnectionString(location) || location.Contains("://", StringComparison.Ordinal) ? null : location;

    private static bool IsConnectionString(string location) => ConnectionStringKeys.Any(key => location.Contains(key, StringComparison.OrdinalIgnoreCase));
}
