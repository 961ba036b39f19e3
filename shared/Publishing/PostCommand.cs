using System.Globalization;

namespace Pipeline.Publishing;

/// <summary>What a person asks for in a comment on a pull request: the first line that begins with a slash and a word known here.</summary>
public abstract record PostCommand
{
    private const int LongestTitle = 200;
    private const int MostTags = 20;

    private PostCommand()
    {
    }

    /// <summary>Another candidate shall take the post's place.</summary>
    /// <param name="Number">Its number, from 1.</param>
    public sealed record Pick(int Number) : PostCommand;

    /// <summary>New candidates shall be written.</summary>
    public sealed record Reroll : PostCommand;

    /// <summary>The post shall have another title.</summary>
    /// <param name="Text">The title, not yet safe.</param>
    public sealed record Title(string Text) : PostCommand;

    /// <summary>The post shall have other tags.</summary>
    /// <param name="Names">The tags; none takes them all away.</param>
    public sealed record Tags(IReadOnlyList<string> Names) : PostCommand;

    /// <summary>The pull request shall be left alone.</summary>
    public sealed record Hold : PostCommand;

    /// <summary>A command that cannot be understood.</summary>
    /// <param name="Reason">How it is written.</param>
    public sealed record Unclear(string Reason) : PostCommand;

    /// <summary>Reads a comment; null if it asks for nothing.</summary>
    public static PostCommand? Parse(string comment)
    {
        foreach (var line in comment.EnumerateLines())
        {
            var text = line.Trim().ToString();
            var space = text.IndexOf(' ', StringComparison.Ordinal);
            var (word, rest) = space < 0 ? (text, "") : (text[..space], text[(space + 1)..].Trim());
            switch (word.ToLowerInvariant())
            {
                case "/pick":
                    return int.TryParse(rest.TrimStart('#'), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1
                        ? new Pick(number)
                        : new Unclear("Write `/pick` and the number of a candidate, such as `/pick 2`.");
                case "/reroll":
                    return new Reroll();
                case "/title":
                    return rest.Length is > 0 and <= LongestTitle ? new Title(rest) : new Unclear($"Write `/title` and a title of at most {LongestTitle} characters.");
                case "/tags":
                    var names = rest.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
                    return names.Length <= MostTags ? new Tags(names) : new Unclear($"Write `/tags` and at most {MostTags} tags with commas between them.");
                case "/hold":
                    return new Hold();
            }
        }

        return null;
    }
}
