using System.Formats.Tar;
using System.Text;
using Pipeline.Storage;

namespace Pipeline.Shared.Tests.Storage;

/// <summary>Sound archives pass as they are; one that claims gigabytes of attributes ends before anybody makes room for them.</summary>
public sealed class TarGuardTests
{
    [Theory]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    [InlineData(TarEntryFormat.Ustar)]
    public async Task Sound_archives_pass(TarEntryFormat format)
    {
        var archive = new MemoryStream(await SoundAsync(format));

        await using var reader = new TarReader(new TarGuard(archive));
        var found = new List<string>();
        while (await reader.GetNextEntryAsync(copyData: true, TestContext.Current.CancellationToken) is { } entry)
        {
            found.Add($"{entry.Name.TrimEnd('/')[^1]} {(entry.DataStream is { } data ? await new StreamReader(data).ReadToEndAsync(TestContext.Current.CancellationToken) : entry.LinkName)}");
        }

        Assert.Equal(["d ", "a first", "b " + new string('x', 1500), "c a", "e last"], found);
    }

    [Theory]
    [InlineData('x')]
    [InlineData('g')]
    [InlineData('L')]
    public async Task Attributes_of_two_gigabytes_are_refused_wherever_they_are_claimed(char type)
    {
        var header = new byte[512];
        Encoding.ASCII.GetBytes("PaxHeaders/a").CopyTo(header, 0);
        Encoding.ASCII.GetBytes("17777777777").CopyTo(header, 124);
        header[156] = (byte)type;
        Encoding.ASCII.GetBytes("ustar\0").CopyTo(header, 257);
        // The sum counts itself as blanks.
        Encoding.ASCII.GetBytes("        ").CopyTo(header, 148);
        Encoding.ASCII.GetBytes($"{Convert.ToString(header.Sum(value => value), 8).PadLeft(6, '0')}\0 ").CopyTo(header, 148);
        var sound = await SoundAsync(TarEntryFormat.Pax);
        await using var reader = new TarReader(new TarGuard(new MemoryStream([.. sound[..^1024], .. header, .. new byte[4096]])));

        var failure = await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            while (await reader.GetNextEntryAsync(copyData: false, TestContext.Current.CancellationToken) is not null)
            {
            }
        });

        Assert.Contains("2047 MB of attributes", failure.Message, StringComparison.Ordinal);
    }

    private static async Task<byte[]> SoundAsync(TarEntryFormat format)
    {
        var archive = new MemoryStream();
        await using (var writer = new TarWriter(archive, format, leaveOpen: true))
        {
            await writer.WriteEntryAsync(Entry(TarEntryType.Directory, "d", null), TestContext.Current.CancellationToken);
            await writer.WriteEntryAsync(Entry(TarEntryType.RegularFile, "a", "first"), TestContext.Current.CancellationToken);
            // So long a name that it takes a header of its own.
            await writer.WriteEntryAsync(Entry(TarEntryType.RegularFile, format == TarEntryFormat.Ustar ? "b" : new string('n', 150) + "b", new string('x', 1500)), TestContext.Current.CancellationToken);
            var link = Entry(TarEntryType.SymbolicLink, "c", null);
            link.LinkName = "a";
            await writer.WriteEntryAsync(link, TestContext.Current.CancellationToken);
            await writer.WriteEntryAsync(Entry(TarEntryType.RegularFile, "e", "last"), TestContext.Current.CancellationToken);
        }

        return archive.ToArray();

        TarEntry Entry(TarEntryType type, string name, string? text)
        {
            TarEntry entry = format switch
            {
                TarEntryFormat.Pax => new PaxTarEntry(type, name),
                TarEntryFormat.Gnu => new GnuTarEntry(type, name),
                _ => new UstarTarEntry(type, name),
            };
            if (text is not null)
            {
                entry.DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text));
            }

            return entry;
        }
    }
}
