using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace Pipeline.TrainerJob.Training;

/// <summary>Reads whole numbers from NumPy's files: <c>.npy</c> with one array, <c>.npz</c> with several in a zip.</summary>
/// <remarks>The form is that of https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html. Arrays of Python objects are never read.</remarks>
internal static partial class NumpyFile
{
    // A billion tokens are more than these tools could hold.
    private const long MostBytes = 8L << 30;
    private const int LongestHeader = 1 << 16;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>The arrays of a file in the order of their numbers.</summary>
    /// <exception cref="InputException">The file is damaged, cut off, or holds something else; the message says which array.</exception>
    public static IReadOnlyList<int[]> Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.ReadByte() != 'P')
            {
                stream.Position = 0;
                return [ReadArray(stream, path)];
            }

            stream.Position = 0;
            using var archive = new ZipArchive(stream, ZipArchiveMode.Read);
            var arrays = new List<int[]>();
            foreach (var entry in archive.Entries.Where(entry => entry.Name.EndsWith(".npy", StringComparison.Ordinal)).OrderBy(entry => Number(entry.Name)).ThenBy(entry => entry.Name, StringComparer.Ordinal))
            {
                using var content = entry.Open();
                arrays.Add(ReadArray(content, $"{path}, array {entry.Name}"));
            }

            return arrays;
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            throw new InputException($"{path} is damaged or was cut off ({exception.Message.TrimEnd('.')}); encode the text again, or train on the text itself.", exception);
        }
    }

    private static int[] ReadArray(Stream stream, string name)
    {
        Span<byte> start = stackalloc byte[8];
        if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !start.StartsWith(Magic))
        {
            throw new InputException($"{name} is no array of NumPy; give a .npz file that holds token ids.");
        }

        Span<byte> size = stackalloc byte[start[6] == 1 ? 2 : 4];
        stream.ReadExactly(size);
        var length = size.Length == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(size) : BinaryPrimitives.ReadUInt32LittleEndian(size);
        if (start[6] is < 1 or > 3 || length > LongestHeader)
        {
            throw new InputException($"{name} is of NumPy's format {start[6]}, and formats 1 to 3 are known; encode the text again.");
        }

        var header = new byte[length];
        stream.ReadExactly(header);
        var text = Encoding.UTF8.GetString(header);
        var type = TypeName().Match(text);
        if (!type.Success || Shape().Match(text) is not { Success: true } shape)
        {
            throw new InputException($"{name} holds {(text.Contains("|O", StringComparison.Ordinal) ? "Python objects, which are programs" : "no whole numbers")}; token ids are integers.");
        }

        var count = shape.Groups[1].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(side => double.Parse(side, CultureInfo.InvariantCulture))
            .Aggregate(1.0, (product, side) => product * side);
        return ReadNumbers(stream, name, count, type.Groups[1].Value == ">", type.Groups[2].Value == "u", type.Groups[3].ValueSpan[0] - '0');
    }

    private static int[] ReadNumbers(Stream stream, string name, double said, bool big, bool unsigned, int width)
    {
        if (said * width >= MostBytes || said > Array.MaxLength)
        {
            throw new InputException($"{name} says that it holds {said} numbers, more than a text has tokens.");
        }

        // Grows with what is there: a header may promise anything.
        var numbers = new List<int>();
        var buffer = new byte[width * 8192];
        for (var left = (long)said; left > 0;)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(left, 8192) * width);
            stream.ReadExactly(part);
            for (var at = 0; at < part.Length; at += width)
            {
                numbers.Add(Id(part.Slice(at, width), big, unsigned) is >= 0 and <= int.MaxValue and var id
                    ? (int)id
                    : throw new InputException($"{name} holds a number that is no token id."));
            }

            left -= part.Length / width;
        }

        return [.. numbers];
    }

    private static long Id(ReadOnlySpan<byte> bytes, bool big, bool unsigned)
    {
        long value = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            value = (value << 8) | bytes[big ? i : bytes.Length - 1 - i];
        }

        var shift = 64 - (8 * bytes.Length);
        return unsigned ? value : value << shift >> shift;
    }

    private static long Number(string name) => Digits().Match(name) is { Success: true } digits && long.TryParse(digits.Value, CultureInfo.InvariantCulture, out var number) ? number : long.MaxValue;

    [GeneratedRegex(@"'descr':\s*'([<>|=])([iu])([1248])'", RegexOptions.CultureInvariant)]
    private static partial Regex TypeName();

    [GeneratedRegex(@"'shape':\s*\(([0-9, ]{0,100})\)", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();

    [GeneratedRegex("[0-9]{1,18}", RegexOptions.CultureInvariant)]
    private static partial Regex Digits();
}
