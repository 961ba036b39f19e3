using Pipeline.Collecting;
using Pipeline.Posts;

namespace Pipeline.Shared.Tests.Collecting;

public sealed class CollectedFolderTests : IDisposable
{
    private readonly Collection _collection = new();

    public void Dispose() => _collection.Dispose();

    [Theory]
    [InlineData("{\"format\":1,\"posts\":{", "is damaged")]
    [InlineData("{\"format\":1,\"posts\":{\"texts:a\":null}}", "is damaged")]
    [InlineData("{\"format\":1,\"posts\":null}", "is damaged")]
    [InlineData("{\"format\":9,\"posts\":{}}", "has format 9; this version reads 1. Update Pipeline")]
    public async Task A_state_that_is_damaged_or_newer_is_refused_and_force_starts_over(string state, string expected)
    {
        _collection.Write("notes/tea.txt", "Boil water.");
        _collection.Write("blog/.collect.json", state);

        var exception = await Assert.ThrowsAsync<BlogException>(() => _collection.CollectAsync("notes"));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.Contains("--force", exception.Message, StringComparison.Ordinal);
        await new CollectedFolder(_collection.Blog).StartOverAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, (await _collection.CollectAsync("notes")).Added);
    }

    [Fact]
    public async Task A_state_that_names_files_elsewhere_deletes_and_writes_none_of_them()
    {
        var precious = _collection.Write("precious.md", "Keep me.");
        _collection.Write("notes/tea.txt", "Boil water.");
        _collection.Write("blog/.collect.json", """{"format":1,"posts":{"texts:x":{"path":"_posts/../../precious.md","hash":"","text":""}}}""");

        await new CollectedFolder(_collection.Blog).StartOverAsync(TestContext.Current.CancellationToken);
        await _collection.CollectAsync("notes");

        Assert.Equal("Keep me.", await File.ReadAllTextAsync(precious, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_same_text_from_two_sources_is_taken_once()
    {
        _collection.Write("notes/tea.txt", "Boil water.");
        _collection.Write("copies/tea-again.txt", "Boil water.");
        await _collection.CollectAsync("notes");

        Assert.Equal(new CollectResult(1, 0, 0, 0, 1), await _collection.CollectAsync("copies"));
    }
}
