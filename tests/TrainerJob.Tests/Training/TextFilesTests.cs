using System.Text;
using Pipeline.Testing;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Tests.Training;

public sealed class TextFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_row_of_a_csv_file_is_one_text_whatever_it_holds()
    {
        var csv = Write("posts.csv", "id,Text\r\n1,\"a, \"\"b\"\"\r\nc\"\r\n2,plain\r\n\r\n3,\"\"\r\n4,last");

        Assert.Equal(["a, \"b\"\r\nc", "plain", "last"], TextFiles.ReadTexts(csv));
    }

    [Theory]
    [InlineData("id,body\n1,x\n", "no column 'text'")]
    [InlineData("text,id\na,b,c\n", "line 2")]
    [InlineData("text\n\"open\nstill open", "line 2")]
    [InlineData("text\n\"a\"b\n", "closing quote")]
    public void A_csv_file_that_is_none_is_refused_with_its_name(string content, string complaint)
    {
        var csv = Write("posts.csv", content);

        var message = Assert.Throws<InputException>(() => TextFiles.ReadTexts(csv)).Message;

        Assert.Contains(csv, message, StringComparison.Ordinal);
        Assert.Contains(complaint, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_of_a_jsonl_file_is_one_text()
    {
        var jsonl = Write("posts.jsonl", "{\"text\":\"a\\nb\",\"path\":\"p\"}\n\n{\"text\":\"c\"}\r\n");

        Assert.Equal(["a\nb", "c"], TextFiles.ReadTexts(jsonl));
    }

    [Theory]
    [InlineData("{\"text\":\"a\"}\n{\"title\":\"b\"}\n")]
    [InlineData("{\"text\":\"a\"}\n[1]\n")]
    [InlineData("{\"text\":\"a\"}\n{\"text\":\n")]
    [InlineData("{\"text\":\"a\"}\n{\"text\":7}\n")]
    public void A_bad_line_of_a_jsonl_file_is_named(string content)
    {
        var jsonl = Write("posts.jsonl", content);

        Assert.Contains($"{jsonl}, line 2", Assert.Throws<InputException>(() => TextFiles.ReadTexts(jsonl)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_gives_all_its_texts_in_order_of_their_names()
    {
        Write("b.txt", "two");
        Write("a.txt", "one");
        Write("notes.md", "not this");
        Write(Path.Combine("deep", "c.txt"), "three");

        Assert.Equal(["one", "two", "three"], TextFiles.ReadTexts(_folder.FullName));
    }

    [Theory]
    [InlineData("*.txt", "one,two")]
    [InlineData("a*", "one")]
    [InlineData("?.txt", "one,two")]
    [InlineData("**/*.txt", "one,two,three,four")]
    [InlineData("deep/*.txt", "three")]
    [InlineData("*/*/*.txt", "four")]
    public void A_pattern_gives_the_files_that_fit(string pattern, string texts)
    {
        Write("a.txt", "one");
        Write("b.txt", "two");
        Write(Path.Combine("deep", "c.txt"), "three");
        Write(Path.Combine("deep", "er", "d.txt"), "four");

        Assert.Equal(texts.Split(',').Order(), TextFiles.ReadTexts($"{_folder.FullName}/{pattern}").Order());
    }

    [Fact]
    public void The_last_tenth_is_held_out_unless_the_folder_says_what_is()
    {
        for (var i = 0; i < 20; i++)
        {
            Write($"{i:00}.txt", $"text {i}");
        }

        var split = TextFiles.ReadCorpus(_folder.FullName);
        Assert.Equal((18, "text 18,text 19"), (split.Train.Count, string.Join(',', split.Validation)));

        Write("train.jsonl", "{\"text\":\"a\"}\n{\"text\":\"b\"}\n");
        Write("validation.jsonl", "{\"text\":\"c\"}\n");
        var given = TextFiles.ReadCorpus(_folder.FullName);
        Assert.Equal(("a,b", "c"), (string.Join(',', given.Train), string.Join(',', given.Validation)));
    }

    [Fact]
    public void One_text_is_trained_on_and_none_held_out()
    {
        var corpus = TextFiles.ReadCorpus(Write("a.txt", "alone"));

        Assert.Equal((1, 0), (corpus.Train.Count, corpus.Validation.Count));
    }

    [Fact]
    public void The_id_follows_from_the_texts_their_order_and_the_split()
    {
        string[] ids =
        [
            CorpusInput.Of(["a", "b"], ["c"]).Id,
            CorpusInput.Of(["b", "a"], ["c"]).Id,
            CorpusInput.Of(["a"], ["b", "c"]).Id,
            CorpusInput.Of(["ab"], ["c"]).Id,
            CorpusInput.Of(["a", "b", ""], ["c"]).Id,
        ];

        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.Equal(ids[0], CorpusInput.Of(["a", "b"], ["c"]).Id);
        Assert.All(ids, id => Assert.Matches("^[0-9a-f]{16}$", id));
    }

    [Fact]
    public void Nothing_to_read_is_said_with_the_way_out()
    {
        Assert.Contains("There is no file", Assert.Throws<InputException>(() => TextFiles.ReadTexts(_folder.Sub("none.txt"))).Message, StringComparison.Ordinal);
        Assert.Contains("jsonl, csv", Assert.Throws<InputException>(() => TextFiles.ReadTexts(Write("a.pdf", "x"))).Message, StringComparison.Ordinal);
        Assert.Contains("no text", Assert.Throws<InputException>(() => TextFiles.ReadCorpus(Write("empty.txt", " \n"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused_and_a_byte_order_mark_is_not_text()
    {
        var bad = _folder.Sub("bad.txt");
        File.WriteAllBytes(bad, [0x61, 0xe4, 0x62]);
        Assert.Contains("not UTF-8", Assert.Throws<InputException>(() => TextFiles.ReadTexts(bad)).Message, StringComparison.Ordinal);

        var marked = _folder.Sub("marked.txt");
        File.WriteAllText(marked, "a", new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        Assert.Equal(["a"], TextFiles.ReadTexts(marked));
    }

    private string Write(string name, string content)
    {
        var path = _folder.Sub(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }
}
