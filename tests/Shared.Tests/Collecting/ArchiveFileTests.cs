using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Pipeline.Collecting;
using Pipeline.Posts;

namespace Pipeline.Shared.Tests.Collecting;

public sealed class ArchiveFileTests : IDisposable
{
    private readonly Collection _collection = new();

    public void Dispose() => _collection.Dispose();

    [Fact]
    public async Task A_zip_gives_its_texts_and_nothing_outside_its_folder()
    {
        var path = _collection.PathOf("x.zip");
        using (var zip = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            foreach (var name in (string[])["twitter/data/tweets.js", "twitter/data/tweets_media/a.jpg", "../outside.js", "/absolute.js"])
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write("window.YTD.tweets.part0 = []"u8);
            }
        }

        Assert.True(ArchiveFile.Is(path));
        var folder = await UnpackAsync(path);

        Assert.Equal(["tweets.js"], Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(Path.GetFileName));
        Assert.False(File.Exists(_collection.PathOf("outside.js")));
        Assert.Empty(_collection.Log.Problems);
    }

    [Fact]
    public async Task A_tar_that_is_cut_off_gives_what_comes_before()
    {
        var path = _collection.PathOf("m.tar.gz");
        await using (var tar = new TarWriter(new GZipStream(File.Create(path), CompressionLevel.NoCompression)))
        {
            foreach (var name in (string[])["outbox.json", "likes.json"])
            {
                await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(new string(' ', 50_000))) }, TestContext.Current.CancellationToken);
            }
        }

        await using (var file = File.OpenWrite(path))
        {
            file.SetLength(file.Length * 7 / 10);
        }

        var folder = await UnpackAsync(path);

        Assert.Equal(50_000, new FileInfo(Path.Combine(folder, "outbox.json")).Length);
        Assert.Contains("was cut off", Assert.Single(_collection.Log.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_zip_that_is_cut_off_is_refused_with_the_way_out()
    {
        var path = _collection.Write("x.zip", [0x50, 0x4B, 0x03, 0x04, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22]);

        var exception = await Assert.ThrowsAsync<BlogException>(() => UnpackAsync(path));

        Assert.Contains("Download it again", exception.Message, StringComparison.Ordinal);
    }

    private Task<string> UnpackAsync(string path) => ArchiveFile.UnpackAsync(path, "archive", _collection.PathOf("to"), _collection.Log, TestContext.Current.CancellationToken);
}
