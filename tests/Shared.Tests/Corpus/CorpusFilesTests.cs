using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Corpus;
using Pipeline.Storage;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Corpus;

public sealed class CorpusFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_is_written_to_a_folder_is_read_back()
    {
        var corpus = CorpusBuilder.Build(Documents.Different(12), new CorpusOptions());
        await CorpusFiles.WriteAsync(corpus, _folder.FullName, Cancel);

        Assert.Equal(corpus.Train.Select(TrainingText.Format), CorpusFiles.ReadTexts(_folder.Sub("train.jsonl")));
        Assert.Equal(
            corpus.Validation.Select(post => new CorpusLine(post.Path, post.Title, TrainingText.Format(post))),
            CorpusFiles.ReadLines(_folder.Sub("validation.jsonl")));
        var report = CorpusReport.FromJson(await File.ReadAllBytesAsync(_folder.Sub("report.json"), Cancel));
        Assert.Equivalent(corpus.Report, report, strict: true);
        Assert.Equal(["corpus.csv", "report.json", "train.jsonl", "validation.jsonl"], Directory.EnumerateFiles(_folder.FullName).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task What_is_written_to_a_store_is_read_back_and_the_report_comes_last()
    {
        var store = new FolderBlobStore(_folder.FullName, TimeProvider.System);
        var corpus = CorpusBuilder.Build(Documents.Different(12), new CorpusOptions());
        await CorpusFiles.WriteAsync(corpus, store, Cancel);

        var lines = await CorpusFiles.ReadLinesAsync(store, corpus.Id, CorpusFiles.TrainFile, Cancel).ToListAsync(Cancel);
        Assert.Equal(corpus.Train.Select(TrainingText.Format), lines.Select(line => line.Text));
        Assert.Equivalent(corpus.Report, await CorpusFiles.ReadReportAsync(store, corpus.Id, Cancel), strict: true);
        var entries = await store.ListAsync(Containers.Corpora, $"{corpus.Id}/", Cancel).ToListAsync(Cancel);
        Assert.Equal(4, entries.Count);
        Assert.Equal($"{corpus.Id}/report.json", entries.MaxBy(entry => entry.LastModified)!.Name.Path);
    }

    [Fact]
    public async Task A_corpus_that_is_not_there_is_named()
    {
        var store = new FolderBlobStore(_folder.FullName, TimeProvider.System);
        Assert.Null(await CorpusFiles.ReadReportAsync(store, "0123456789abcdef", Cancel));
        var exception = await Assert.ThrowsAsync<FileNotFoundException>(async () =>
            await CorpusFiles.ReadLinesAsync(store, "0123456789abcdef", CorpusFiles.TrainFile, Cancel).ToListAsync(Cancel));
        Assert.Contains("corpora/0123456789abcdef/train.jsonl", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Letters_of_all_scripts_stand_in_the_files_as_themselves()
    {
        var corpus = CorpusBuilder.Build([Documents.Post("a.md", "Grüße, 世界, \"quoted\" & <b> 🎈")], new CorpusOptions());
        await CorpusFiles.WriteAsync(corpus, _folder.FullName, Cancel);

        Assert.Contains("Grüße, 世界", await File.ReadAllTextAsync(_folder.Sub("train.jsonl"), Cancel), StringComparison.Ordinal);
        Assert.Equal(corpus.Train.Select(TrainingText.Format), CorpusFiles.ReadTexts(_folder.Sub("train.jsonl")));
    }

    [Theory]
    [InlineData("{\"path\":\"a\"}", "no text")]
    [InlineData("{\"path\":", "Expected")]
    [InlineData("null", "no text")]
    public async Task A_damaged_line_is_named_by_file_and_number(string line, string reason)
    {
        var file = _folder.Sub("train.jsonl");
        await File.WriteAllTextAsync(file, "{\"path\":\"a\",\"title\":\"t\",\"text\":\"x\"}\n" + line + "\n", Cancel);

        var exception = Assert.Throws<FormatException>(() => CorpusFiles.ReadTexts(file).ToList());
        Assert.StartsWith($"{file}, line 2:", exception.Message, StringComparison.Ordinal);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_of_a_newer_format_is_refused()
    {
        var newer = CorpusBuilder.Build([], new CorpusOptions()).Report with { Format = CorpusReport.CurrentFormat + 1 };
        Assert.Contains("Update Pipeline", Assert.Throws<FormatException>(() => CorpusReport.FromJson(newer.ToJson())).Message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => CorpusReport.FromJson("[]"u8));
        Assert.Throws<FormatException>(() => CorpusReport.FromJson("null"u8));
    }

    [Fact]
    public void The_csv_holds_each_post_as_one_row_by_rfc_4180()
    {
        var texts = Gen.Elements('a', 'é', '"', ',', '\n', '\r', ' ', '世').ArrayOf().Select(letters => new string(letters)).NonEmptyListOf();
        Prop.ForAll(texts.ToArbitrary(), bodies =>
        {
            var posts = bodies.Select((body, number) => Documents.Post($"{number:00000}.md", $"{number} {body}")).ToList();
            using var folder = new TemporaryFolder();
            CorpusFiles.WriteAsync(CorpusBuilder.Build(posts, new CorpusOptions { NearDuplicateSimilarity = null }), folder.FullName, Cancel).GetAwaiter().GetResult();

            var rows = Rfc4180(Encoding.UTF8.GetString(File.ReadAllBytes(folder.Sub("corpus.csv"))));
            Assert.Equal([["text"], .. posts.Select(post => new[] { TrainingText.Format(post) })], rows);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(30));
    }

    /// <summary>The grammar of RFC 4180, section 2, read strictly: file = record *(CRLF record) [CRLF].</summary>
    private static List<string[]> Rfc4180(string file)
    {
        var rows = new List<string[]>();
        var position = 0;
        while (position < file.Length)
        {
            var fields = new List<string> { Field() };
            while (position < file.Length && file[position] == ',')
            {
                position++;
                fields.Add(Field());
            }

            rows.Add([.. fields]);
            if (position < file.Length)
            {
                Assert.Equal("\r\n", file.Substring(position, 2));
                position += 2;
            }
        }

        return rows;

        string Field()
        {
            var value = new StringBuilder();
            if (file[position] != '"')
            {
                for (; position < file.Length && file[position] is not (',' or '\r'); position++)
                {
                    // TEXTDATA = %x20-21 / %x23-2B / %x2D-7E, and what UTF-8 adds.
                    Assert.True(file[position] >= ' ' && file[position] != '"');
                    value.Append(file[position]);
                }

                return value.ToString();
            }

            for (position++; ; position++)
            {
                if (file[position] != '"')
                {
                    value.Append(file[position]);
                }
                else if (position + 1 < file.Length && file[position + 1] == '"')
                {
                    value.Append(file[++position]);
                }
                else
                {
                    position++;
                    return value.ToString();
                }
            }
        }
    }
}
