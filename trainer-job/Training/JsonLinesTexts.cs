using System.Text.Json;

namespace Pipeline.TrainerJob.Training;

/// <summary>The <c>text</c> of every line of a jsonl file; other keys are passed over.</summary>
internal static class JsonLinesTexts
{
    /// <summary>One text a line; empty lines are passed over.</summary>
    /// <param name="jsonl">The file's content.</param>
    /// <param name="path">Its name, for complaints.</param>
    /// <exception cref="InputException">A line is not an object with a text.</exception>
    public static IEnumerable<string> Parse(string jsonl, string path)
    {
        var number = 0;
        foreach (var line in jsonl.Split('\n'))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line))
            {
                yield return Text(line, path, number);
            }
        }
    }

    private static string Text(string line, string path, int number)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String
                    ? text.GetString()!
                    : throw new InputException($"{path}, line {number}: each line must be an object with a 'text', such as {{\"text\":\"...\"}}.");
        }
        catch (JsonException exception)
        {
            throw new InputException($"{path}, line {number} is not JSON: {exception.Message}", exception);
        }
    }
}
