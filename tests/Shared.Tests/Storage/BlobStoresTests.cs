using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Storage;

public sealed class BlobStoresTests
{
    [Fact]
    public void A_path_opens_a_folder()
    {
        using var folder = new TemporaryFolder();
        Assert.IsType<FolderBlobStore>(BlobStores.Open(folder.Sub("new", "store")));
        Assert.True(Directory.Exists(folder.Sub("new", "store")));
    }

    [Theory]
    [InlineData("UseDevelopmentStorage=true")]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=a;AccountKey=AAAA;EndpointSuffix=core.windows.net")]
    [InlineData("BlobEndpoint=https://a.blob.core.windows.net;SharedAccessSignature=sv=2021&sig=x")]
    [InlineData("https://a.blob.core.windows.net")]
    [InlineData("https://a.blob.core.windows.net/?sv=2021-01-01&sig=x")]
    public void A_connection_string_or_an_address_opens_azure(string location) => Assert.IsType<AzureBlobStore>(BlobStores.Open(location));

    [Theory]
    [InlineData("")]
    [InlineData("http://a.blob.core.windows.net")]
    [InlineData("ftp://kumquat")]
    [InlineData("AccountName=a;AccountKey=kumquat-but-not-base64!;;broken")]
    public void What_is_no_store_is_refused_without_a_secret(string location)
    {
        var exception = Assert.Throws<BlobStoreException>(() => BlobStores.Open(location));
        Assert.DoesNotContain("kumquat", exception.ToString(), StringComparison.Ordinal);
    }
}
