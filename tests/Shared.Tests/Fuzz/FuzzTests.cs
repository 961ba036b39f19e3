using System.Net;
using System.Text;
using Pipeline.Generation;
using Pipeline.Generation.Cpu;
using Pipeline.GitHub;
using Pipeline.Posts;
using Pipeline.Publishing;
using Pipeline.Registry;
using Pipeline.Shared.Tests.Generation;
using Pipeline.Shared.Tests.GitHub;
using Pipeline.Shared.Tests.Publishing;
using Pipeline.Testing;
using Pipeline.Tokenization;

namespace Pipeline.Shared.Tests.Fuzz;

/// <summary>Runs alone, since what it measures is the process's.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class FuzzAlone
{
    /// <summary>The collection's name.</summary>
    public const string Name = "fuzz";
}

/// <summary>What comes from outside may be anything: each reader answers, or says in its own exception what is wrong.</summary>
[Collection(FuzzAlone.Name)]
public sealed class FuzzTests(TestModel model)
{
    private static readonly string[] Marks =
    [
        "---\n", "---", "title: ", "tags: [", "]", "{", "}", ": ", "- ", "|\n", ">-\n", "&a ", "*a", "!!binary ", "? ", "'", "\"", "2026-02-30", "+++\n", "# ", "```\n", "`", "**", "_", "> ", "[", "](", ")", "<div>", "</", "<!--",
        "-->", "<script>", "{{", "}}", "{%", "%}", "{% raw %}", "{% endraw %}", "{% highlight x %}", "{% include a %}", "{: .a}", "$$", "|", "\\", "[^1]: ", "![", "&amp;", "&#x110000;", "javascript:", "onload=",
    ];

    private static readonly string[] JsonWords = ["{", "}", "[", "]", ",", ":", "null", "true", "\"\"", "\"\\ud800\"", "0", "-1", "1e400", "\"a\"", "\\u0000", "\"sha\"", "{}", "[]"];

    private static readonly IReadOnlyList<byte[]> Posts =
        [.. Directory.EnumerateFiles(Path.Combine(ProjectFolders.Root, "tests", "SampleBlog", "_posts")).Order(StringComparer.Ordinal).Take(20).Select(File.ReadAllBytes)];

    private static readonly HashSet<string> Hosts = ["blog.example"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Posts_are_read_whatever_they_hold()
    {
        var reader = new PostReader(SiteConfig.Default(""), PostReaderOptions.Default, new FixedClock("2026-03-02T09:30:00Z"));
        // All that is allocated on the way, which is more than what is held at a time.
        new Fuzzing(Posts, Marks) { Times = 60 }.Run(3000, bytes => reader.Read(bytes.Length % 5 == 0 ? "_posts/2026-01-01-a.html" : "_posts/2026-01-01-a.md", bytes), _ => false);
    }

    [Fact]
    public void Front_matter_and_settings_are_read_whatever_they_hold()
    {
        byte[][] settings = [.. Posts, File.ReadAllBytes(Path.Combine(ProjectFolders.Root, "tests", "SampleBlog", "_config.yml")), "defaults:\n- scope: {path: a}\n  values: {b: c}\nexclude: [x]\ntimezone: Europe/Berlin\n"u8.ToArray()];
        new Fuzzing(settings, Marks) { Times = 100 }.Run(
            2500,
            bytes =>
            {
                var text = PostEncoding.Decode(bytes, []);
                FrontMatter.Parse(text, "_posts/2026-01-01-a.md");
                SiteConfig.Parse(text, "");
                if (PostFileOf(text) is { } file)
                {
                    Assert.NotNull(file.Title);
                }
            },
            _ => false);

        static PostFile? PostFileOf(string text)
        {
            try
            {
                return PostFile.Parse(text, "_posts/2026-01-01-a.md");
            }
            catch (FormatException)
            {
                return null;
            }
        }
    }

    [Fact]
    public void Generated_text_never_brings_Liquid_or_markup_into_a_post() =>
        new Fuzzing(Posts, Marks) { Times = 1000 }.Run(
            1500,
            bytes =>
            {
                var body = SafeBody.Clean(Encoding.UTF8.GetString(bytes), Hosts);
                Assert.DoesNotContain("{{", body, StringComparison.Ordinal);
                Assert.DoesNotContain("{%", body, StringComparison.Ordinal);
            },
            _ => false);

    [Fact]
    public void Every_text_becomes_tokens_and_comes_back()
    {
        var tokenizer = BpeTokenizer.Gpt2();
        new Fuzzing(Posts, ["<|endoftext|>", "'s", "  ", "\u00A0", "1234567890", "日本語"]) { Times = 250 }.Run(
            2000,
            bytes =>
            {
                var text = Encoding.UTF8.GetString(bytes);
                var tokens = tokenizer.Encode(text);
                if (tokens.Contains(tokenizer.EndOfTextId) || tokenizer.Decode([.. tokens]) != text)
                {
                    Assert.Fail("The text did not come back.");
                }
            },
            _ => false);
    }

    [Theory]
    [InlineData("a")]
    [InlineData(" ")]
    [InlineData("日")]
    [InlineData("etaoinshrdlu")]
    public async Task A_word_of_a_megabyte_is_held_at_most_twenty_times(string letters)
    {
        var tokenizer = BpeTokenizer.Gpt2();
        var random = new Random(5);
        var word = string.Concat(Enumerable.Range(0, 1_000_000 / Encoding.UTF8.GetByteCount(letters) * letters.Length).Select(_ => letters[random.Next(letters.Length)]));
        var most = 20 * Encoding.UTF8.GetByteCount(word);
        tokenizer.Encode("warm");

        var held = await Fuzzing.HeldAsync(
            () =>
            {
                tokenizer.Encode(word);
                return Task.CompletedTask;
            },
            most);

        Assert.True(held <= most, $"It held {held} bytes.");
    }

    [Theory]
    [InlineData("vocab.json")]
    [InlineData("merges.txt")]
    [InlineData("tokenizer.json")]
    public void A_damaged_tokenizer_is_loaded_or_named(string file)
    {
        using var copy = model.Copy();
        var words = JsonWords.Concat(["#version: 0.2\n", "Ġ", "Ġt h\n", "\"merges\":", "\"vocab\":"]).ToList();
        new Fuzzing([File.ReadAllBytes(copy.Sub(file))], words) { Times = 400 }.Run(
            400,
            bytes =>
            {
                File.WriteAllBytes(copy.Sub(file), bytes);
                Assert.True(BpeTokenizer.Load(copy.FullName).VocabularySize > 0);
            },
            exception => exception is TokenizerException);
    }

    [Fact]
    public void A_damaged_ONNX_file_is_read_or_named()
    {
        using var copy = model.Copy();
        var path = copy.Sub("onnx", "decoder_quantized.onnx");
        new Fuzzing([File.ReadAllBytes(path)], ["decoder", "model.onnx_data", "offset", "length", "location", "\u0001", "\u0008\u0080\u0080\u0080"]).Run(
            1500,
            bytes =>
            {
                File.WriteAllBytes(path, bytes);
                DecoderMetadata.Parse(OnnxFile.Read(path).Metadata, path);
            },
            exception => exception is ModelException);
    }

    [Fact]
    public void A_damaged_model_folder_is_loaded_or_named()
    {
        using var copy = model.Copy();
        foreach (var file in new[] { "config.json", "onnx/decoder_quantized.onnx", "generation_config.json" }.Where(file => File.Exists(copy.Sub(file))))
        {
            var sound = File.ReadAllBytes(copy.Sub(file));
            // What the runtime's own sessions take is not of this product's making.
            new Fuzzing([sound], [.. JsonWords, "\"n_embd\"", "\"vocab_size\"", "\"n_head\": 0"]) { Times = 100_000, Large = 0 }.Run(
                120,
                bytes =>
                {
                    File.WriteAllBytes(copy.Sub(file), bytes);
                    using var loaded = LanguageModel.Load(copy.FullName, "onnx/decoder_quantized.onnx");
                },
                exception => exception is ModelException or TokenizerException);
            File.WriteAllBytes(copy.Sub(file), sound);
        }
    }

    [Fact]
    public void State_in_the_store_is_read_or_named()
    {
        var manifest = new ModelManifest { Version = "v1", CorpusId = "00112233aabbccdd", Run = "r", Created = DateTimeOffset.UnixEpoch, Shape = new(1, 1, 8, 8, 257), Tokenizer = new string('a', 64) };
        var table = RoutingTable.Empty.Promote("v1", "good", DateTimeOffset.UnixEpoch).Promote("v2", "better", DateTimeOffset.UnixEpoch);
        var document = new PostDocument { Path = "_posts/2026-01-01-a.md", Hash = "ab", Title = "A", Text = "Text", Tags = ["x"] };
        new Fuzzing([manifest.ToJson(), table.ToJson(), document.ToJson()], [.. JsonWords, "\"version\"", "\"weights\"", "\"format\":2", "\"files\"", "../"]) { Times = 200 }.Run(
            2500,
            bytes =>
            {
                Try(() => ModelManifest.FromJson(bytes), exception => exception is RegistryException);
                Try(() => RoutingTable.FromJson(bytes), exception => exception is RegistryException);
                Try(() => PostDocument.FromJson(bytes), exception => exception is FormatException or System.Text.Json.JsonException or InvalidDataException);
            },
            _ => false);

        static void Try(Action read, Func<Exception, bool> expected)
        {
            try
            {
                read();
            }
            catch (Exception exception) when (expected(exception))
            {
                // An answer.
            }
        }
    }

    [Fact]
    public void Whatever_GitHub_answers_is_used_or_named()
    {
        var answers = new[]
        {
            """{"full_name":"ann/blog","default_branch":"main","html_url":"https://github.example/ann/blog","archived":false,"permissions":{"push":true}}""",
            """{"ref":"refs/heads/main","object":{"sha":"aa","type":"commit"}}""",
            """{"sha":"aa","tree":[{"path":"_posts/2026-01-01-a.md","mode":"100644","type":"blob","sha":"bb","size":3}],"truncated":false}""",
            """{"type":"file","sha":"aa","size":3,"encoding":"base64","content":"YWJj"}""",
            """[{"number":1,"node_id":"a","state":"open","title":"t","html_url":"u","head":{"ref":"x","sha":"aa","repo":{"full_name":"ann/blog"}},"base":{"ref":"main","sha":"bb"},"labels":[{"name":"l"}],"auto_merge":null}]""",
            """{"message":"Validation Failed","errors":[{"message":"No commits","code":"custom"},"x",7]}""",
            """{"sha":"aa","tree":{"sha":"bb"},"message":"m","parents":[{"sha":"cc"}]}""",
        };
        var answer = new Answers();
        using var client = new GitHubClient(
            new() { Repository = new("ann", "blog"), Token = "ghp_fuzz", BaseAddress = new("https://api.example/") }, answer, new SkippingClock("2026-03-02T09:30:00Z"), new Random(1));
        // Each case makes several calls, and each of them some retries.
        new Fuzzing([.. answers.Select(Encoding.UTF8.GetBytes)], JsonWords) { Times = 2000 }.Run(
            1500,
            bytes =>
            {
                answer.Bytes = bytes;
                Func<Task>[] calls =
                [
                    () => client.GetRepositoryAsync(Token), () => client.FindBranchAsync("main", Token), () => client.FindTreeAsync("aa", recursive: true, Token), () => client.FindFileAsync("a", "aa", Token),
                    () => client.ListPullRequestsAsync("all", null, Token), () => client.GetCommitAsync("aa", Token), () => client.CreateBranchAsync("b", "aa", Token), () => client.MayWriteAsync("ann", Token),
                ];
                try
                {
                    calls[bytes.Length % calls.Length]().GetAwaiter().GetResult();
                }
                catch (GitHubException exception)
                {
                    Assert.DoesNotContain("ghp_fuzz", exception.ToString(), StringComparison.Ordinal);
                }
            },
            _ => false);
    }

    [Fact]
    public void An_archive_of_any_bytes_is_read_or_named()
    {
        using var archive = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(archive, System.IO.Compression.CompressionLevel.NoCompression, leaveOpen: true))
        using (var tar = new System.Formats.Tar.TarWriter(gzip))
        {
            foreach (var (post, number) in Posts.Select((post, number) => (post, number)))
            {
                tar.WriteEntry(new System.Formats.Tar.PaxTarEntry(System.Formats.Tar.TarEntryType.RegularFile, $"blog/_posts/2026-01-{number + 1:00}-a.md") { DataStream = new MemoryStream(post) });
            }
        }

        new Fuzzing([archive.ToArray()], ["ustar", "path=", "\0\0\0\0", "77777777777", "blog/_posts/"]) { Times = 60 }.Run(
            1000,
            bytes => TarballReader.ReadAsync(new MemoryStream(bytes), PostPath.IsPost, new() { TotalBytes = 4 << 20 }, [], Token).ToListAsync(Token).AsTask().GetAwaiter().GetResult(),
            exception => exception is InvalidDataException);
    }

    [Fact]
    public void Comments_and_descriptions_of_pull_requests_are_read_whatever_they_hold() =>
        new Fuzzing(["/pick 2\nthanks"u8.ToArray(), "/title A better one"u8.ToArray(), "/tags a, b"u8.ToArray(), "<!-- pipeline day=2026-03-02 candidate=1 -->\nText"u8.ToArray()], ["/pick", "/reroll", "/hold", "\n", "<!--", "day="]) { Times = 60 }.Run(
            1500,
            bytes =>
            {
                var text = Encoding.UTF8.GetString(bytes);
                PostCommand.Parse(text);
                PullRequestText.Parse("Title", text);
            },
            _ => false);

    private sealed class Answers : HttpMessageHandler
    {
        public byte[] Bytes { get; set; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            int[] statuses = [200, 200, 200, 200, 201, 304, 302, 301, 400, 401, 403, 404, 409, 422, 429, 500];
            var answer = new HttpResponseMessage((HttpStatusCode)statuses[Bytes.Length % 16]) { Content = new ByteArrayContent(Bytes) };
            answer.Headers.TryAddWithoutValidation("x-ratelimit-remaining", Bytes.Length % 7 == 0 ? "0" : "x");
            answer.Headers.TryAddWithoutValidation("x-ratelimit-reset", Bytes.Length % 3 == 0 ? "99999999999999" : "-5");
            answer.Headers.TryAddWithoutValidation("etag", "\"a\"");
            answer.Headers.TryAddWithoutValidation("location", Bytes.Length % 2 == 0 ? "http://[" : "/x");
            return Task.FromResult(answer);
        }
    }
}
