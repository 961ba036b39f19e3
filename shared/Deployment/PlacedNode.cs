using System.Globalization;
using System.Text.Json;

namespace Pipeline.Deployment;

/// <summary>What a value of a YAML or JSON file is.</summary>
internal enum PlacedKind
{
    /// <summary>Nothing.</summary>
    Null,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A number with a fraction.</summary>
    Number,

    /// <summary>A text.</summary>
    String,

    /// <summary>Named values.</summary>
    Object,

    /// <summary>Values in order.</summary>
    Array,
}

/// <summary>A value of a YAML or JSON file with its place in it.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Line">The line that it begins in, from 1.</param>
/// <param name="Column">The column, from 1.</param>
internal sealed record PlacedNode(PlacedKind Kind, int Line, int Column)
{
    /// <summary>A scalar as it is written.</summary>
    public string Text { get; init; } = "";

    /// <summary>An object's members in their order.</summary>
    public List<PlacedMember> Members { get; } = [];

    /// <summary>A list's items.</summary>
    public List<PlacedNode> Items { get; } = [];

    /// <summary>A number's value.</summary>
    public double Number => double.Parse(Text, NumberStyles.Float, CultureInfo.InvariantCulture);

    /// <summary>A member's value, or null.</summary>
    public PlacedNode? Find(string name) => Members.Find(member => member.Name == name)?.Value;

    /// <summary>Writes the value as JSON.</summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        switch (Kind)
        {
            case PlacedKind.Object:
                writer.WriteStartObject();
                foreach (var member in Members)
                {
                    writer.WritePropertyName(member.Name);
                    member.Value.WriteTo(writer);
                }

                writer.WriteEndObject();
                break;
            case PlacedKind.Array:
                writer.WriteStartArray();
                foreach (var item in Items)
                {
                    item.WriteTo(writer);
                }

                writer.WriteEndArray();
                break;
            case PlacedKind.Integer or PlacedKind.Number:
                writer.WriteNumberValue(decimal.Parse(Text, NumberStyles.Float, CultureInfo.InvariantCulture));
                break;
            case PlacedKind.Boolean:
                writer.WriteBooleanValue(Text == "true");
                break;
            case PlacedKind.Null:
                writer.WriteNullValue();
                break;
            default:
                writer.WriteStringValue(Text);
                break;
        }
    }
}

/// <summary>A member of an object.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Line">The line of the name.</param>
/// <param name="Column">Its column.</param>
/// <param name="Value">The value.</param>
internal sealed record PlacedMember(string Name, int Line, int Column, PlacedNode Value);

/// <summary>Something wrong at a place of a file.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Message">A sentence.</param>
internal sealed record PlacedProblem(int Line, int Column, string Message);
