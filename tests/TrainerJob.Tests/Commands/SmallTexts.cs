using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Posts;

namespace Pipeline.TrainerJob.Tests.Commands;

/// <summary>Made-up posts, each different, all in one simple grammar.</summary>
internal static class SmallTexts
{
    private static readonly string[] _who = ["the baker", "a heron", "our neighbour", "the ferry", "my bicycle", "the choir", "an old map", "the postman"];
    private static readonly string[] _does = ["waits for", "forgets", "draws", "follows", "mends", "counts", "greets", "leaves"];
    private static readonly string[] _what = ["the harbour", "seven lanterns", "the north road", "a wet dog", "the morning", "every window", "no one", "the tide"];

    public static string Text(int number)
    {
        var random = new Random(number);
        var text = new StringBuilder();
        for (var sentence = 0; sentence < 30; sentence++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{_who[random.Next(8)]} {_does[random.Next(8)]} {_what[random.Next(8)]}{(sentence % 6 == 5 ? ".\n\n" : ". ")}");
        }

        return text.ToString();
    }

    public static void WriteFiles(string folder, int count)
    {
        Directory.CreateDirectory(folder);
        for (var number = 0; number < count; number++)
        {
            File.WriteAllText(Path.Combine(folder, $"{number:00}.txt"), Text(number));
        }
    }

    public static IEnumerable<PostDocument> Documents(int count) => Enumerable.Range(0, count).Select(number => new PostDocument
    {
        Path = $"_posts/2024-01-{number + 1:00}-post.md",
        Hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text(number)))),
        Date = new DateTimeOffset(2024, 1, number + 1, 0, 0, 0, TimeSpan.Zero),
        Title = $"Post {number}",
        Tags = ["harbour"],
        Text = Text(number),
        Words = Text(number).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length,
    });
}
