using Azure.Core;
using Azure.Storage.Blobs;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Storage;

public sealed class AzureBlobStoreTests(AzuriteFixture fixture) : BlobStoreContract, IAsyncLifetime
{
    private AzureBlobStore? _store;

    protected override IBlobStore Store => _store!;

    public async ValueTask InitializeAsync() => _store = new AzureBlobStore(new BlobServiceClient((await fixture.StartedAsync(Cancel)).ConnectionString));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Blobs_of_others_whose_names_are_not_allowed_here_are_not_listed()
    {
        await Store.WriteAsync(Name("good"), [1], BlobCondition.None, Cancel);
        var container = new BlobContainerClient((await fixture.StartedAsync(Cancel)).ConnectionString, Container);
        await container.UploadBlobAsync("a//b", BinaryData.FromString("x"), Cancel);
        Assert.Equal(["good"], (await ListAsync("")).Select(entry => entry.Name.Path));
    }

    [Fact]
    public async Task A_container_that_was_deleted_is_made_again_by_the_write_after_the_one_that_fails()
    {
        await Store.WriteAsync(Name("a"), [1], BlobCondition.None, Cancel);
        await new BlobContainerClient((await fixture.StartedAsync(Cancel)).ConnectionString, Container).DeleteAsync(cancellationToken: Cancel);

        await Assert.ThrowsAsync<BlobStoreException>(() => Store.WriteAsync(Name("a"), [2], BlobCondition.None, Cancel));
        await Store.WriteAsync(Name("a"), [3], BlobCondition.None, Cancel);
    }

    [Fact]
    public async Task A_wrong_key_is_told_without_the_key()
    {
        var store = BlobStores.Open((await fixture.StartedAsync(Cancel)).ConnectionString.Replace("AccountKey=Eby8", "AccountKey=AAAA", StringComparison.Ordinal));
        var exception = await Assert.ThrowsAsync<BlobStoreException>(() => store.OpenAsync(Name("a"), Cancel));
        Assert.Contains($"{Container}/a could not be read", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("AAAA", exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_account_that_cannot_be_reached_is_told_with_the_blobs_name()
    {
        await using var azurite = await Azurite.StartAsync(Cancel);
        var store = new AzureBlobStore(new BlobServiceClient(azurite.ConnectionString, new BlobClientOptions { Retry = { MaxRetries = 1, Delay = TimeSpan.FromMilliseconds(1), Mode = RetryMode.Fixed } }));
        await store.WriteAsync(Name("a"), [1], BlobCondition.None, Cancel);
        await azurite.DisposeAsync();

        var exception = await Assert.ThrowsAsync<BlobStoreException>(() => store.OpenAsync(Name("a"), Cancel));
        Assert.Contains($"{Container}/a could not be read: the storage account cannot be reached", exception.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<BlobStoreException>(() => store.WriteAsync(Name("a"), [1], BlobCondition.None, Cancel));
        await Assert.ThrowsAsync<BlobStoreException>(() => store.DeleteAsync(Name("a"), BlobCondition.None, Cancel));
        await Assert.ThrowsAsync<BlobStoreException>(async () => await store.ListAsync(Container, "", Cancel).ToListAsync(Cancel));
    }
}
