using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Pipeline.Testing;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Tests.Training;

/// <summary>What fine-tuners of GPT-2 before this one left: texts with separators, and token ids in NumPy's files.</summary>
public sealed class OlderDataTests : IDisposable
{
    // As https://github.com/openai/gpt-2's encoder gives them, which knows no special tokens.
    private static readonly int[] HelloWorld = [15496, 995];
    private static readonly int[] SeparatorAsText = [27, 91, 437, 1659, 5239, 91, 29];
    private const int EndOfText = 50256;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("One.\n\n<|endoftext|>\nTwo.\n\n<|endoftext|>\n", new[] { "One.", "Two." })]
    [InlineData("One.<|endoftext|>\r\nTwo.", new[] { "One.", "Two." })]
    [InlineData("<|startoftext|>One.<|endoftext|>\n<|startoftext|>Two,\n\nlines.<|endoftext|>\n", new[] { "One.", "Two,\n\nlines." })]
    [InlineData("<|endoftext|><|endoftext|>\nOne.", new[] { "One." })]
    [InlineData("The token <|endoftext|> stands between texts.\n", new[] { "The token <|endoftext|> stands between texts.\n" })]
    [InlineData("  One text,\nas it is.\n", new[] { "  One text,\nas it is.\n" })]
    public void A_text_file_is_split_at_separators_that_are_on_lines_of_their_own_or_end_one(string content, string[] expected) =>
        Assert.Equal(expected, TextFiles.ReadTexts(Write("training.txt", Encoding.UTF8.GetBytes(content))));

    [Theory]
    [InlineData("<i8", 8, false)]
    [InlineData("<i4", 4, false)]
    [InlineData("<u2", 2, false)]
    [InlineData(">i4", 4, true)]
    public void Token_ids_of_every_integer_type_become_the_texts_again(string type, int width, bool big)
    {
        var ids = (int[])[.. HelloWorld, .. SeparatorAsText, 15496, EndOfText, 995];

        Assert.Equal(["Hello world", "Hello", " world"], TextFiles.ReadTexts(Npz("a.npz", ("arr_0.npy", Npy(type, width, big, ids)))));
    }

    [Fact]
    public void Arrays_come_in_the_order_of_their_numbers_and_each_ends_a_text()
    {
        var hello = Npy("<i8", 8, false, [15496]);
        var world = Npy("<i8", 8, false, [995]);

        Assert.Equal([" world", "Hello", "Hello"], TextFiles.ReadTexts(Npz("a.npz", ("arr_10.npy", hello), ("arr_9.npy", hello), ("arr_1.npy", world))));
    }

    [Fact]
    public void An_array_that_is_cut_off_is_refused()
    {
        var npy = Npy("<i8", 8, false, HelloWorld);

        AssertRefused(Npz("a.npz", ("arr_0.npy", npy[..^3])), "damaged or was cut off");
        AssertRefused(Write("b.npz", File.ReadAllBytes(Npz("c.npz", ("arr_0.npy", npy)))[..60]), "damaged or was cut off");
    }

    [Fact]
    public void Numbers_that_are_no_ids_of_the_vocabulary_are_refused()
    {
        AssertRefused(Npz("a.npz", ("arr_0.npy", Npy("<i4", 4, false, [50257]))), "holds token 50257");
        AssertRefused(Npz("b.npz", ("arr_0.npy", Npy("<i4", 4, false, [-1]))), "no token id");
        AssertRefused(Npz("c.npz", ("arr_0.npy", Header("|O", "(2,)"))), "Python objects");
        AssertRefused(Npz("d.npz", ("arr_0.npy", Header("<f4", "(2,)"))), "no whole numbers");
        AssertRefused(Npz("e.npz", ("arr_0.npy", Header("<i8", "(4000000000,4000000000)"))), "more than a text has tokens");
        AssertRefused(Npz("f.npz", ("arr_0.npy", "not an array"u8.ToArray())), "no array of NumPy");
    }

    private static void AssertRefused(string path, string reason)
    {
        var message = Assert.Throws<InputException>(() => TextFiles.ReadTexts(path)).Message;
        Assert.Contains(path, message, StringComparison.Ordinal);
        Assert.Contains(reason, message, StringComparison.Ordinal);
    }

    // Format 1.0 of https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
    private static byte[] Header(string type, string shape)
    {
        var header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}";
        header = header.PadRight(((header.Length + 11 + 63) / 64 * 64) - 11) + "\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, (byte)(header.Length >> 8), .. Encoding.ASCII.GetBytes(header)];
    }

    private static byte[] Npy(string type, int width, bool big, int[] ids)
    {
        var data = new byte[ids.Length * width];
        Span<byte> number = stackalloc byte[8];
        for (var i = 0; i < ids.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(number, ids[i]);
            var part = number[..width];
            if (big)
            {
                part.Reverse();
            }

            part.CopyTo(data.AsSpan(i * width));
        }

        return [.. Header(type, $"({ids.Length},)"), .. data];
    }

    private string Npz(string name, params (string Name, byte[] Content)[] arrays)
    {
        using var zip = ZipFile.Open(_folder.Sub(name), ZipArchiveMode.Create);
        foreach (var (entry, content) in arrays)
        {
            using var stream = zip.CreateEntry(entry).Open();
            stream.Write(content);
        }

        return _folder.Sub(name);
    }

    private string Write(string name, byte[] content)
    {
        File.WriteAllBytes(_folder.Sub(name), content);
        return _folder.Sub(name);
    }
}
