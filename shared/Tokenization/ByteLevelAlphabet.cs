using System.Text;

namespace Pipeline.Tokenization;

/// <summary>
/// The printable stand-in of each byte in GPT-2's vocabulary files: a byte that is a printable character of Latin-1 stands
/// for itself, the others are the characters from U+0100 on, in the order of the bytes.
/// </summary>
internal static class ByteLevelAlphabet
{
    private static readonly byte[] BytesInOrder =
    [
        .. Enumerable.Range(0, 256).Where(IsPrintable).Select(value => (byte)value),
        .. Enumerable.Range(0, 256).Where(value => !IsPrintable(value)).Select(value => (byte)value),
    ];

    private static readonly char[] Characters = MakeCharacters();
    private static readonly short[] Values = MakeValues();

    /// <summary>The 256 bytes in the order of their stand-ins: the order of GPT-2's first 256 ids.</summary>
    public static ReadOnlySpan<byte> InOrder => BytesInOrder;

    /// <summary>A token's bytes as its name in a vocabulary file.</summary>
    public static string Format(ReadOnlySpan<byte> bytes)
    {
        var name = new StringBuilder(bytes.Length);
        foreach (var value in bytes)
        {
            name.Append(Characters[value]);
        }

        return name.ToString();
    }

    /// <summary>The bytes that a name in a vocabulary file stands for, or null if a character stands for none.</summary>
    public static byte[]? Parse(ReadOnlySpan<char> name)
    {
        var bytes = new byte[name.Length];
        for (var index = 0; index < name.Length; index++)
        {
            var value = name[index] < Values.Length ? Values[name[index]] : (short)-1;
            if (value < 0)
            {
                return null;
            }

            bytes[index] = (byte)value;
        }

        return bytes;
    }

    private static bool IsPrintable(int value) => value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);

    private static char[] MakeCharacters()
    {
        var characters = new char[256];
        var next = '\u0100';
        foreach (var value in BytesInOrder)
        {
            characters[value] = IsPrintable(value) ? (char)value : next++;
        }

        return characters;
    }

    private static short[] MakeValues()
    {
        var values = new short[Characters.Max() + 1];
        Array.Fill(values, (short)-1);
        for (var value = 0; value < Characters.Length; value++)
        {
            values[Characters[value]] = (short)value;
        }

        return values;
    }
}
