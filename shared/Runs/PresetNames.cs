namespace Pipeline.Runs;

/// <summary>The names of the trainer's presets: how large a model is trained and for how long.</summary>
public static class PresetNames
{
    /// <summary>For a look: seconds.</summary>
    public const string Tiny = "tiny";

    /// <summary>The default: a minute or two.</summary>
    public const string Small = "small";

    /// <summary>What the text is worth.</summary>
    public const string Full = "full";

    /// <summary>A regular expression for them.</summary>
    public const string Pattern = $"^({Tiny}|{Small}|{Full})$";

    /// <summary>All, the quickest first.</summary>
    public static IReadOnlyList<string> All { get; } = [Tiny, Small, Full];
}
