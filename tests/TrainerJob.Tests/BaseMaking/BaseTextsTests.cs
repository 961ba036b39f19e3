using System.IO.Compression;
using System.Text;
using Pipeline.Testing;
using Pipeline.TrainerJob.BaseMaking;

namespace Pipeline.TrainerJob.Tests.BaseMaking;

public sealed class BaseTextsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Blog_posts_come_twice_with_their_titles_and_what_must_not_ship_stays_out()
    {
        Write("train-00.jsonl.gz",
            """{"text":"Waves.","title":"On  the\nsea","source":"someone/blog/posts/sea.md","kind":"blog","license":"CC0"}""",
            "",
            """{"text":"Once.","source":"standardebooks/saki_short-fiction/once.xhtml","kind":"fiction"}""",
            """{"text":"Murder.","source":"standardebooks/agatha-christie_poirot-investigates/one.xhtml","kind":"fiction"}""");
        Write("train-01.jsonl.gz", """{"text":"Agency.","source":"18F/18f.gsa.gov/content/posts/a.md","kind":"blog"}""");
        Write("validation.jsonl.gz", """{"text":"Held.","kind":null}""");

        var texts = BaseTexts.Read(_folder.FullName);

        Assert.Equal(["title: On the sea\n\nWaves.", "title: On the sea\n\nWaves.", "Once."], texts.Corpus.Train);
        Assert.Equal("title: On the sea\n\nWaves.", Assert.Single(BaseTexts.Read(_folder.FullName, repeats: 1).Corpus.Train, text => text.StartsWith("title", StringComparison.Ordinal)));
        Assert.Equal(["Held."], texts.Corpus.Validation);
        Assert.Equal(["someone/blog", "standardebooks/saki_short-fiction"], texts.Train.Select(document => document.Repository));
    }

    [Theory]
    [InlineData("""{"title":"no text"}""")]
    [InlineData("""{"text":" "}""")]
    [InlineData("""{"text":""")]
    public void A_bad_line_is_named(string line)
    {
        Write("train-00.jsonl.gz", """{"text":"Good."}""", line);
        Write("validation.jsonl.gz", """{"text":"Held."}""");

        var message = Assert.Throws<InputException>(() => BaseTexts.Read(_folder.FullName)).Message;

        Assert.Contains("train-00.jsonl.gz, line 2", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_gzip_and_a_folder_without_texts_are_said()
    {
        Assert.Contains("validation.jsonl.gz", Assert.Throws<InputException>(() => BaseTexts.Read(_folder.FullName)).Message, StringComparison.Ordinal);

        File.WriteAllText(_folder.Sub("train.jsonl.gz"), """{"text":"not compressed"}""");
        Write("validation.jsonl.gz", """{"text":"Held."}""");

        Assert.Contains("train.jsonl.gz", Assert.Throws<InputException>(() => BaseTexts.Read(_folder.FullName)).Message, StringComparison.Ordinal);
    }

    private void Write(string name, params string[] lines)
    {
        using var file = new GZipStream(File.Create(_folder.Sub(name)), CompressionLevel.Fastest);
        file.Write(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
    }
}
