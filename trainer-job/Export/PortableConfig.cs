using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Generation;

namespace Pipeline.TrainerJob.Export;

/// <summary>
/// Says in <c>config.json</c> where the weights of the portable files are, for readers that fetch files one by one and cannot look beside
/// them: the key <c>transformers.js_config.use_external_data_format</c> counts the data files of each
/// (https://huggingface.co/docs/transformers.js/api/utils/hub).
/// </summary>
internal static class PortableConfig
{
    private const string Section = "transformers.js_config";
    private const string Key = "use_external_data_format";

    private static readonly JsonWriterOptions Format = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Names the portable files; everything else in the file stays.</summary>
    /// <param name="modelFolder">Folder with a <c>config.json</c> that is a JSON object.</param>
    /// <param name="files">Names of the portable files.</param>
    public static void Name(string modelFolder, IEnumerable<string> files)
    {
        var path = Path.Combine(modelFolder, ModelConfig.FileName);
        var config = JsonNode.Parse(File.ReadAllBytes(path))!.AsObject();
        if (config[Section] is not JsonObject section)
        {
            config[Section] = section = [];
        }

        section[Key] = new JsonObject(files.Order(StringComparer.Ordinal).Select(file => KeyValuePair.Create(file, (JsonNode?)1)));
        using (var file = File.Create(path + ".partial"))
        {
            using (var writer = new Utf8JsonWriter(file, Format))
            {
                config.WriteTo(writer);
            }

            file.WriteByte((byte)'\n');
            file.Flush(flushToDisk: true);
        }

        File.Move(path + ".partial", path, overwrite: true);
    }
}
