using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Storage;

namespace Pipeline.Shared.Tests.Storage;

/// <summary>What every blob store does, whatever it is made of.</summary>
public abstract class BlobStoreContract
{
    private static readonly Dictionary<string, string> Metadata = new() { ["traceparent"] = "00-abc-def-01", ["hash"] = "a b=c;\"d\"" };

    /// <summary>A store on the same blobs as the test's other stores.</summary>
    protected abstract IBlobStore Store { get; }

    /// <summary>A container of this test alone.</summary>
    protected string Container { get; } = $"test-{RandomNumberGenerator.GetHexString(16, lowercase: true)}";

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_written_is_read_back()
    {
        var etag = await Store.WriteAsync(Name("a/b.txt"), "text"u8.ToArray(), BlobCondition.None, Cancel);

        await using var content = await Store.OpenAsync(Name("a/b.txt"), Cancel);
        Assert.Equal("text", await new StreamReader(content!.Stream).ReadToEndAsync(Cancel));
        Assert.Equal((Name("a/b.txt"), etag, 4), (content.Entry.Name, content.Entry.ETag, content.Entry.Length));
        Assert.Empty(content.Entry.Metadata);
        var found = await Store.FindAsync(Name("a/b.txt"), Cancel);
        Assert.Equivalent(content.Entry, found, strict: true);
    }

    [Fact]
    public async Task What_is_not_there_is_null_also_in_a_container_that_is_not_there()
    {
        Assert.Null(await Store.OpenAsync(Name("a"), Cancel));
        Assert.Null(await Store.FindAsync(Name("a"), Cancel));
        Assert.False(await Store.DeleteAsync(Name("a"), BlobCondition.None, Cancel));
        Assert.Empty(await ListAsync(""));

        await Store.WriteAsync(Name("a/b"), [1], BlobCondition.None, Cancel);
        Assert.Null(await Store.OpenAsync(Name("a"), Cancel));
        Assert.Null(await Store.FindAsync(Name("a/b/c"), Cancel));
        Assert.Null(await Store.OpenAsync(Name("a/b/c"), Cancel));
    }

    [Fact]
    public async Task An_empty_blob_is_a_blob()
    {
        await Store.WriteAsync(Name("empty"), [], BlobCondition.None, Cancel);
        var (bytes, entry) = (await Store.ReadAsync(Name("empty"), Cancel))!.Value;
        Assert.Empty(bytes);
        Assert.Equal(0, entry.Length);
    }

    [Fact]
    public async Task Every_write_changes_the_etag_also_of_equal_bytes_and_after_a_delete()
    {
        var etags = new List<string>();
        for (var round = 0; round < 5; round++)
        {
            etags.Add(await Store.WriteAsync(Name("a"), [1], BlobCondition.None, Cancel));
            etags.Add(await Store.WriteAsync(Name("a"), [1], BlobCondition.None, Cancel));
            await Store.DeleteAsync(Name("a"), BlobCondition.None, Cancel);
        }

        Assert.Equal(etags.Count, etags.Distinct().Count());
    }

    [Fact]
    public async Task Absent_lets_the_first_write_through_and_no_other()
    {
        await Store.WriteAsync(Name("a"), [1], BlobCondition.Absent, Cancel);
        var refused = await Assert.ThrowsAsync<BlobConditionException>(() => Store.WriteAsync(Name("a"), [2], BlobCondition.Absent, Cancel));

        Assert.Equal(Name("a"), refused.Name);
        Assert.Equal([1], (await Store.ReadAsync(Name("a"), Cancel))!.Value.Bytes);
        await Store.DeleteAsync(Name("a"), BlobCondition.None, Cancel);
        await Store.WriteAsync(Name("a"), [3], BlobCondition.Absent, Cancel);
    }

    [Fact]
    public async Task Matches_lets_a_write_through_only_on_the_version_that_was_read()
    {
        var first = await Store.WriteAsync(Name("a"), [1], BlobCondition.None, Cancel);
        var second = await Store.WriteAsync(Name("a"), [2], BlobCondition.Matches(first), Cancel);
        await Assert.ThrowsAsync<BlobConditionException>(() => Store.WriteAsync(Name("a"), [3], BlobCondition.Matches(first), Cancel));
        Assert.Equal([2], (await Store.ReadAsync(Name("a"), Cancel))!.Value.Bytes);

        await Assert.ThrowsAsync<BlobConditionException>(() => Store.WriteAsync(Name("none"), [1], BlobCondition.Matches(second), Cancel));
        await Assert.ThrowsAsync<BlobConditionException>(() => Store.WriteAsync(Name("a"), [1], BlobCondition.Matches("\"no-such-etag\""), Cancel));
    }

    [Fact]
    public async Task A_delete_keeps_to_its_condition()
    {
        var first = await Store.WriteAsync(Name("a"), [1], BlobCondition.None, Cancel);
        var second = await Store.WriteAsync(Name("a"), [2], BlobCondition.None, Cancel);
        await Assert.ThrowsAsync<BlobConditionException>(() => Store.DeleteAsync(Name("a"), BlobCondition.Matches(first), Cancel));
        await Assert.ThrowsAsync<BlobConditionException>(() => Store.DeleteAsync(Name("a"), BlobCondition.Absent, Cancel));

        Assert.True(await Store.DeleteAsync(Name("a"), BlobCondition.Matches(second), Cancel));
        Assert.Null(await Store.FindAsync(Name("a"), Cancel));
        Assert.False(await Store.DeleteAsync(Name("a"), BlobCondition.Absent, Cancel));
        await Assert.ThrowsAsync<BlobConditionException>(() => Store.DeleteAsync(Name("a"), BlobCondition.Matches(second), Cancel));
    }

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    public void A_wildcard_is_no_version(string etag) => Assert.Throws<ArgumentException>(() => BlobCondition.Matches(etag));

    [Fact]
    public async Task Metadata_goes_with_its_version()
    {
        await WriteAsync("a", [1], Metadata);
        Assert.Equal(Metadata, (await Store.FindAsync(Name("a"), Cancel))!.Metadata);
        Assert.Equal(Metadata, (await ListAsync("")).Single().Metadata);

        await WriteAsync("a", [2], new Dictionary<string, string> { ["other"] = "1" });
        await using (var content = await Store.OpenAsync(Name("a"), Cancel))
        {
            Assert.Equal(new Dictionary<string, string> { ["other"] = "1" }, content!.Entry.Metadata);
        }

        await WriteAsync("a", [3], null);
        Assert.Empty((await Store.FindAsync(Name("a"), Cancel))!.Metadata);
        await WriteAsync("a", [4], Metadata);
        await Store.DeleteAsync(Name("a"), BlobCondition.None, Cancel);
        await WriteAsync("a", [5], null);
        Assert.Empty((await Store.FindAsync(Name("a"), Cancel))!.Metadata);
    }

    [Theory]
    [InlineData("Upper", "a")]
    [InlineData("1a", "a")]
    [InlineData("a-b", "a")]
    [InlineData("", "a")]
    [InlineData("a", "ä")]
    [InlineData("a", "line\nfeed")]
    [InlineData("a", " blank")]
    [InlineData("a", "")]
    public async Task Metadata_that_a_header_cannot_carry_is_refused(string key, string value)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => WriteAsync("a", [1], new Dictionary<string, string> { [key] = value }));
        Assert.Null(await Store.FindAsync(Name("a"), Cancel));
    }

    [Fact]
    public async Task Too_much_metadata_is_refused() => await Assert.ThrowsAsync<ArgumentException>(() =>
        WriteAsync("a", [1], new Dictionary<string, string> { ["a"] = new('x', 9000) }));

    [Theory]
    [InlineData("plain.md")]
    [InlineData("with blank.md")]
    [InlineData(" blank first")]
    [InlineData("blank last ")]
    [InlineData("a#b?c&d=e%41+f;g:h@i!$'(),*~[]{}|^`<>\"")]
    [InlineData("100%/2f%2F%zz")]
    [InlineData("Grüße/世界/🎈/\u0301.md")]
    [InlineData("e\u0301 is not é")]
    [InlineData(".hidden/.x")]
    [InlineData("ends.with.dot.")]
    [InlineData("...")]
    [InlineData("a.store/.store/b")]
    public async Task A_name_of_any_letters_is_kept_as_it_is(string path)
    {
        await Store.WriteAsync(Name(path), Encoding.UTF8.GetBytes(path), BlobCondition.None, Cancel);

        Assert.Equal(path, Encoding.UTF8.GetString((await Store.ReadAsync(Name(path), Cancel))!.Value.Bytes));
        Assert.Equal([path], (await ListAsync("")).Select(entry => entry.Name.Path));
        Assert.Equal([path], (await ListAsync(path)).Select(entry => entry.Name.Path));
        Assert.True(await Store.DeleteAsync(Name(path), BlobCondition.None, Cancel));
        Assert.Empty(await ListAsync(""));
    }

    [Fact]
    public async Task Long_names_are_kept_up_to_what_a_name_may_be()
    {
        var path = string.Join('/', Enumerable.Repeat(new string('x', 255), 4));
        await Store.WriteAsync(Name(path), [1], BlobCondition.None, Cancel);
        Assert.Equal([path], (await ListAsync("xx")).Select(entry => entry.Name.Path));
    }

    [Fact]
    public async Task A_listing_is_in_the_order_of_the_names_utf8_bytes()
    {
        string[] paths = ["a", "a-b", "a!/x", "ab/c", "b/c/d", "b/c-", "B", "é", "\uFF21", "🎈", "a0", "c/a", "c-/a"];
        foreach (var path in paths)
        {
            await Store.WriteAsync(Name(path), [1], BlobCondition.None, Cancel);
        }

        var expected = paths.Order(Comparer<string>.Create((x, y) => Encoding.UTF8.GetBytes(x).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(y))));
        Assert.Equal(expected, (await ListAsync("")).Select(entry => entry.Name.Path));
        Assert.Equal(["b/c-", "b/c/d"], (await ListAsync("b/c")).Select(entry => entry.Name.Path));
        Assert.Equal(["b/c/d"], (await ListAsync("b/c/")).Select(entry => entry.Name.Path));
        Assert.Equal(["a", "a!/x", "a-b", "a0", "ab/c"], (await ListAsync("a")).Select(entry => entry.Name.Path));
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("../")]
    [InlineData("/")]
    [InlineData("./a")]
    [InlineData("a//")]
    public async Task A_prefix_of_no_name_lists_nothing(string prefix)
    {
        await Store.WriteAsync(Name("a/b"), [1], BlobCondition.None, Cancel);
        Assert.Empty(await ListAsync(prefix));
    }

    [Theory]
    [InlineData("UPPER")]
    [InlineData("..")]
    [InlineData(".store")]
    [InlineData("-ab")]
    [InlineData("a--b")]
    public async Task A_container_of_no_lawful_name_is_refused(string container)
    {
        Assert.Throws<ArgumentException>(() => new BlobName(container, "a"));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.ListAsync(container, "", Cancel).ToListAsync(Cancel));
    }

    [Fact]
    public async Task Many_blobs_are_listed_once_each()
    {
        var names = Enumerable.Range(0, 300).Select(number => string.Create(CultureInfo.InvariantCulture, $"{number % 7}/{number:000}")).ToList();
        await Parallel.ForEachAsync(names, Cancel, async (name, token) => await Store.WriteAsync(Name(name), [1], BlobCondition.None, token));
        Assert.Equal(names.Order(StringComparer.Ordinal), (await ListAsync("")).Select(entry => entry.Name.Path));
    }

    [Fact]
    public async Task Megabytes_go_in_and_out_as_streams_that_cannot_seek()
    {
        const int Length = 20_000_000;
        using var content = new PatternStream(Length);
        await Store.WriteAsync(Name("large"), content, BlobCondition.Absent, Metadata, Cancel);

        await using var read = await Store.OpenAsync(Name("large"), Cancel);
        Assert.Equal(Length, read!.Entry.Length);
        Assert.Equal(Metadata, read.Entry.Metadata);
        using var expected = new PatternStream(Length);
        Assert.Equal(await SHA256.HashDataAsync(expected, Cancel), await SHA256.HashDataAsync(read.Stream, Cancel));
    }

    [Fact]
    public async Task A_content_that_breaks_off_leaves_what_was_there_and_is_the_callers_own_exception()
    {
        await Store.WriteAsync(Name("a"), [1], BlobCondition.None, Cancel);
        using var broken = new PatternStream(10_000_000) { BreaksAt = 9_000_000 };
        var exception = await Assert.ThrowsAsync<InvalidDataException>(() => Store.WriteAsync(Name("a"), broken, BlobCondition.None, null, Cancel));

        Assert.Equal(PatternStream.Break, exception.Message);
        Assert.Equal([1], (await Store.ReadAsync(Name("a"), Cancel))!.Value.Bytes);
        Assert.Single(await ListAsync(""));
    }

    [Fact]
    public async Task A_cancelled_call_does_nothing()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.WriteAsync(Name("a"), [1], BlobCondition.None, cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.OpenAsync(Name("a"), cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.DeleteAsync(Name("a"), BlobCondition.None, cancelled.Token));
        Assert.Null(await Store.FindAsync(Name("a"), Cancel));
    }

    [Fact]
    public async Task Fifty_parallel_increments_by_compare_and_swap_end_at_fifty()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Counter.IncrementAsync(Store, Name("counter"), Cancel)));
        Assert.Equal(50, await Counter.ReadAsync(Store, Name("counter"), Cancel));
    }

    [Fact]
    public async Task Of_twenty_parallel_first_writes_one_goes_through()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(async number =>
        {
            try
            {
                await Store.WriteAsync(Name("a"), [(byte)number], BlobCondition.Absent, Cancel);
                return number;
            }
            catch (BlobConditionException)
            {
                return -1;
            }
        }));

        var winner = Assert.Single(outcomes, outcome => outcome >= 0);
        Assert.Equal([(byte)winner], (await Store.ReadAsync(Name("a"), Cancel))!.Value.Bytes);
    }

    [Fact]
    public async Task A_reader_sees_one_whole_version_with_its_metadata_while_writers_write()
    {
        const int Size = 100_000;
        await WriteVersionAsync(0);
        var writers = Enumerable.Range(0, 3).Select(async writer =>
        {
            for (var version = writer; version < 60; version += 3)
            {
                await WriteVersionAsync(version);
            }
        }).ToList();

        while (!writers.TrueForAll(writer => writer.IsCompleted))
        {
            var (bytes, entry) = (await Store.ReadAsync(Name("a"), Cancel))!.Value;
            Assert.Equal(Size, bytes.Length);
            Assert.All(bytes.Distinct(), value => Assert.Equal(bytes[0], value));
            // Every third version has no metadata.
            Assert.Equal(bytes[0] % 3 == 0 ? null : bytes[0].ToString(CultureInfo.InvariantCulture), entry.Metadata.GetValueOrDefault("version"));
        }

        await Task.WhenAll(writers);

        Task WriteVersionAsync(int version)
        {
            var bytes = new byte[Size];
            Array.Fill(bytes, (byte)version);
            return WriteAsync("a", bytes, version % 3 == 0 ? null : new Dictionary<string, string> { ["version"] = version.ToString(CultureInfo.InvariantCulture) });
        }
    }

    [Fact]
    public void A_store_does_what_a_dictionary_does()
    {
        var step = ArbMap.Default.GeneratorFor<(byte Action, byte Name, byte Value, byte Condition)>();
        Prop.ForAll(step.ArrayOf().Resize(25).ToArbitrary(), steps => RunAsync(steps).GetAwaiter().GetResult()).Check(Config.QuickThrowOnFailure.WithMaxTest(15));

        async Task RunAsync((byte Action, byte Name, byte Value, byte Condition)[] steps)
        {
            var folder = RandomNumberGenerator.GetHexString(8, lowercase: true);
            var model = new SortedDictionary<string, (byte Value, string ETag)>(StringComparer.Ordinal);
            var etags = new List<string> { "\"never\"" };
            foreach (var (action, nameSeed, value, conditionSeed) in steps)
            {
                var path = $"{folder}/{(char)('a' + (nameSeed % 3))}";
                var etag = etags[value % etags.Count];
                var exists = model.TryGetValue(path, out var current);
                var condition = (conditionSeed % 3) switch { 0 => BlobCondition.None, 1 => BlobCondition.Absent, _ => BlobCondition.Matches(etag) };
                var holds = (conditionSeed % 3) switch { 0 => true, 1 => !exists, _ => exists && current.ETag == etag };
                if (action % 3 == 0 && holds)
                {
                    Assert.Equal(exists, await Store.DeleteAsync(Name(path), condition, Cancel));
                    model.Remove(path);
                }
                else if (action % 3 == 0)
                {
                    await Assert.ThrowsAsync<BlobConditionException>(() => Store.DeleteAsync(Name(path), condition, Cancel));
                }
                else if (holds)
                {
                    etags.Add(await Store.WriteAsync(Name(path), [value], condition, Cancel));
                    model[path] = (value, etags[^1]);
                }
                else
                {
                    await Assert.ThrowsAsync<BlobConditionException>(() => Store.WriteAsync(Name(path), [value], condition, Cancel));
                }
            }

            Assert.Equal(model.Select(pair => (pair.Key, pair.Value.ETag)), (await ListAsync($"{folder}/")).Select(entry => (entry.Name.Path, entry.ETag)));
            foreach (var (path, (value, _)) in model)
            {
                Assert.Equal([value], (await Store.ReadAsync(Name(path), Cancel))!.Value.Bytes);
            }
        }
    }

    protected BlobName Name(string path) => new(Container, path);

    protected async Task<List<BlobEntry>> ListAsync(string prefix) => await Store.ListAsync(Container, prefix, Cancel).ToListAsync(Cancel);

    protected async Task<string> WriteAsync(string path, byte[] bytes, IReadOnlyDictionary<string, string>? metadata)
    {
        using var content = new MemoryStream(bytes);
        return await Store.WriteAsync(Name(path), content, BlobCondition.None, metadata, Cancel);
    }
}
