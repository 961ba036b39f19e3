using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Pipeline.Functions.Tests.Infra;

/// <summary>
/// Reads and computes one expression of a deployment template, as Azure's description of the template language has it: calls,
/// texts, whole numbers, and members and items of what they give.
/// </summary>
/// <param name="text">The expression without its outer brackets.</param>
/// <param name="call">Computes a function; the arguments are computed only when asked for.</param>
internal sealed class ArmExpression(string text, Func<string, IReadOnlyList<Lazy<JsonNode?>>, JsonNode?> call)
{
    private int at;

    /// <summary>Whether a text of a template is an expression rather than itself.</summary>
    public static bool Is(string text) => text is ['[', not '[', .., ']'] or ['[', '[', .., ']'] && !text.StartsWith("[[", StringComparison.Ordinal);

    /// <summary>Computes it.</summary>
    public JsonNode? Compute()
    {
        var value = Read()();
        return at == text.Length ? value : throw Wrong("more than one expression");
    }

    private Func<JsonNode?> Read()
    {
        Skip();
        var value = Peek() switch
        {
            '\'' => Constant(Text()),
            '-' or (>= '0' and <= '9') => Constant(Number()),
            _ => Call(),
        };
        while (true)
        {
            Skip();
            var before = value;
            if (Peek() == '.')
            {
                at++;
                var name = Name();
                value = () => Member(before(), name);
            }
            else if (Peek() == '[')
            {
                at++;
                var index = Read();
                Expect(']');
                value = () => Item(before(), index());
            }
            else
            {
                return value;
            }
        }
    }

    private Func<JsonNode?> Call()
    {
        var name = Name();
        Expect('(');
        var arguments = new List<Lazy<JsonNode?>>();
        Skip();
        while (Peek() != ')')
        {
            var argument = Read();
            arguments.Add(new(argument));
            Skip();
            if (Peek() == ',')
            {
                at++;
            }
            else if (Peek() != ')')
            {
                throw Wrong("an argument does not end");
            }
        }

        at++;
        return () => call(name, arguments);
    }

    private JsonNode? Member(JsonNode? value, string name)
    {
        // What only Azure knows has any member.
        if (value is JsonValue known && known.TryGetValue<string>(out var runtime) && runtime.StartsWith(ArmTemplate.AtRuntime, StringComparison.Ordinal))
        {
            return $"{runtime}.{name}";
        }

        return value is JsonObject members && members.TryGetPropertyValue(name, out var member) ? member?.DeepClone() : throw Wrong($"there is no member '{name}'");
    }

    private JsonNode? Item(JsonNode? value, JsonNode? index) => value is JsonArray items
        ? items[int.Parse(index!.ToString(), CultureInfo.InvariantCulture)]?.DeepClone()
        : Member(value, index!.ToString());

    private string Text()
    {
        var value = new StringBuilder();
        for (at++; at < text.Length; at++)
        {
            if (text[at] != '\'')
            {
                value.Append(text[at]);
            }
            else if (at + 1 < text.Length && text[at + 1] == '\'')
            {
                value.Append(text[at++]);
            }
            else
            {
                at++;
                return value.ToString();
            }
        }

        throw Wrong("a text does not end");
    }

    private long Number()
    {
        var start = at++;
        while (char.IsAsciiDigit(Peek()))
        {
            at++;
        }

        return long.Parse(text.AsSpan(start, at - start), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
    }

    private string Name()
    {
        var start = at;
        while (char.IsAsciiLetterOrDigit(Peek()) || Peek() == '_')
        {
            at++;
        }

        return at > start ? text[start..at] : throw Wrong("a name is missing");
    }

    private void Expect(char expected)
    {
        Skip();
        if (Peek() != expected)
        {
            throw Wrong($"'{expected}' is missing");
        }

        at++;
    }

    private void Skip()
    {
        while (Peek() == ' ')
        {
            at++;
        }
    }

    private char Peek() => at < text.Length ? text[at] : '\0';

    private static Func<JsonNode?> Constant(JsonNode value) => () => value.DeepClone();

    private FormatException Wrong(string what) => new($"[{text}] at {at}: {what}.");
}
