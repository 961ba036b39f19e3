using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Posts;

namespace Pipeline.Shared.Tests.Corpus;

/// <summary>Made-up documents with sound defaults; a test says what matters to it.</summary>
internal static class Documents
{
    private static readonly string[] Nouns = ["harbour", "lantern", "orchard", "kettle", "ledger", "meadow", "anvil", "thimble", "gravel", "saddle", "compass", "chimney"];
    private static readonly string[] Verbs = ["carries", "mends", "forgets", "paints", "borrows", "weighs", "polishes", "counts", "hides", "follows"];

    public static PostDocument Post(string path, string text, string? date = "2024-03-01T09:00:00+01:00", string title = "A title") => new()
    {
        Path = path,
        Hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path + text))),
        Date = date is null ? null : DateTimeOffset.Parse(date, CultureInfo.InvariantCulture),
        Title = title,
        Text = text,
        Words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length,
    };

    /// <summary>A post a day from the first of January 2020 on, each with a text of its own.</summary>
    public static IEnumerable<PostDocument> Different(int count) => Enumerable.Range(0, count).Select(day => Post(
        $"_posts/{day:0000}.md",
        Text(day, 120),
        new DateTimeOffset(2020, 1, 1, 8, 0, 0, TimeSpan.Zero).AddDays(day).ToString("o", CultureInfo.InvariantCulture),
        $"Day {day}"));

    /// <summary>Sentences that follow from the seed.</summary>
    public static string Text(int seed, int words)
    {
        var random = new Random(seed);
        var text = new StringBuilder();
        for (var word = 0; word < words; word += 5)
        {
            text.Append(CultureInfo.InvariantCulture, $"The {Nouns[random.Next(Nouns.Length)]} {Verbs[random.Next(Verbs.Length)]} {Nouns[random.Next(Nouns.Length)]} {random.Next(1000)}. ");
        }

        return text.ToString().Trim();
    }
}
