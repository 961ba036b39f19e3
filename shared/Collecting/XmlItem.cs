namespace Pipeline.Collecting;

/// <summary>One child of an item of a feed.</summary>
/// <param name="Namespace">The namespace of its name; "" for none.</param>
/// <param name="Name">Its name without prefix.</param>
/// <param name="Text">Its text; for XHTML content the markup inside it.</param>
/// <param name="Attributes">Its attributes by their names without prefix.</param>
internal sealed record XmlField(string Namespace, string Name, string Text, IReadOnlyDictionary<string, string> Attributes)
{
    /// <summary>An attribute's value, null if it is absent.</summary>
    public string? Attribute(string name) => Attributes.GetValueOrDefault(name);
}

/// <summary>An item of a feed or of an export, with the children that were asked for.</summary>
/// <param name="Name">The item's own name.</param>
/// <param name="Line">Where it begins in the file, for messages.</param>
/// <param name="Fields">The children in their order.</param>
/// <param name="TooLong">Whether a child was cut off at the limit.</param>
internal sealed record XmlItem(string Name, int Line, IReadOnlyList<XmlField> Fields, bool TooLong)
{
    /// <summary>The first child of a name that is not empty, null if there is none.</summary>
    public string? Text(string name, string space = "") => Find(name, space)?.Text;

    /// <summary>The first child of a name that has text.</summary>
    public XmlField? Find(string name, string space = "") =>
        Fields.FirstOrDefault(field => field.Name == name && field.Namespace == space && !string.IsNullOrWhiteSpace(field.Text));
}
