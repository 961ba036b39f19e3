using System.Text.Json;
using Pipeline.Generation;

namespace Pipeline.TrainerJob.Export;

/// <summary>Reads the texts that an 8-bit file is judged by.</summary>
internal static class HeldOutTexts
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">JSON lines with a key <c>text</c>, or with any other ending one plain text.</param>
    /// <exception cref="ModelException">The file is missing or a line is not as said; the message names it.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new ModelException($"{path} is missing: give a file of held-out texts (validation.jsonl), or none.");
        }

        if (!path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase))
        {
            return [File.ReadAllText(path)];
        }

        List<string> texts = [];
        foreach (var (line, number) in File.ReadLines(path).Select((line, index) => (line, index + 1)).Where(entry => !string.IsNullOrWhiteSpace(entry.line)))
        {
            texts.Add(Text(path, line, number));
        }

        return texts;
    }

    private static string Text(string path, string line, int number)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String)
            {
                return text.GetString()!;
            }
        }
        catch (JsonException failure)
        {
            throw new ModelException($"{path}, line {number} is no JSON: {failure.Message}", failure);
        }

        throw new ModelException($"{path}, line {number} has no text: each line must be an object with a key \"text\".");
    }
}
