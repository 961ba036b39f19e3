using Pipeline.Registry;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Registry;

public sealed class CacheFolderTests : IDisposable
{
    private const int Versions = 200;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Several_make_room_while_another_downloads()
    {
        var token = TestContext.Current.CancellationToken;
        for (var version = 0; version < Versions; version++)
        {
            var folder = Directory.CreateDirectory(_folder.Sub($"v{version}")).FullName;
            await File.WriteAllBytesAsync(Path.Combine(folder, "model"), new byte[100], token);
        }

        using var held = await new CacheFolder(_folder.FullName, TimeProvider.System).LockDownloadAsync("new", token);
        using var made = CancellationTokenSource.CreateLinkedTokenSource(token);
        var download = Task.Run(() =>
        {
            var folder = Directory.CreateDirectory(_folder.Sub("new")).FullName;
            while (!made.IsCancellationRequested)
            {
                File.WriteAllText(Path.Combine(folder, "part"), "");
                File.Move(Path.Combine(folder, "part"), Path.Combine(folder, "whole"), overwrite: true);
            }
        }, token);
        try
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
                () => new CacheFolder(_folder.FullName, TimeProvider.System).MakeRoom("mine", 0), token)));
        }
        finally
        {
            await made.CancelAsync();
            await download;
        }

        Assert.DoesNotContain(Directory.EnumerateDirectories(_folder.FullName), folder => Path.GetFileName(folder).StartsWith('v'));
    }
}
