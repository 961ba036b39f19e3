using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Pipeline.Publishing;

/// <summary>Writes a generated post's front matter, without the lines of hyphens around it.</summary>
internal static partial class PostFileYaml
{
    public static string Write(PostFile post, PostForm form)
    {
        var output = new StringWriter { NewLine = "\n" };
        var settings = new EmitterSettings().WithBestWidth(int.MaxValue).WithNewLine("\n");
        var emitter = new Emitter(output, form.IndentedLists ? settings.WithIndentedSequences() : settings);
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, MappingStyle.Block));
        foreach (var key in form.Keys)
        {
            WriteKey(emitter, key, post, form);
        }

        Plain(emitter, PostFile.GeneratedKey, "true");
        Plain(emitter, "render_with_liquid", "false");
        emitter.Emit(Name(PostFile.ProvenanceKey));
        emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, MappingStyle.Block));
        Text(emitter, "model", post.Provenance.Model, QuoteStyle.DoubleQuotes);
        Text(emitter, "corpus", post.Provenance.Corpus, QuoteStyle.DoubleQuotes);
        Plain(emitter, "seed", post.Provenance.Seed.ToString(CultureInfo.InvariantCulture));
        Text(emitter, "sampler", post.Provenance.Sampler, QuoteStyle.DoubleQuotes);
        emitter.Emit(new MappingEnd());
        emitter.Emit(new MappingEnd());
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return output.ToString();
    }

    private static void WriteKey(Emitter emitter, string key, PostFile post, PostForm form)
    {
        switch (key)
        {
            case "title":
                Text(emitter, key, post.Title, form.Quotes);
                break;
            case "date":
                var offset = post.Date.ToString("zzz", CultureInfo.InvariantCulture);
                Plain(emitter, key, form.IsoDates
                    ? post.Date.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture) + offset
                    : post.Date.ToString("yyyy-MM-dd HH:mm:ss ", CultureInfo.InvariantCulture) + offset.Replace(":", "", StringComparison.Ordinal));
                break;
            case "permalink":
                if (post.Permalink is { } permalink)
                {
                    Text(emitter, key, permalink, form.Quotes);
                }

                break;
            case var _ when key == form.Categories?.Key:
                List(emitter, form.Categories, post.Categories, form.Quotes);
                break;
            case var _ when key == form.Tags?.Key:
                List(emitter, form.Tags, post.Tags, form.Quotes);
                break;
            case var _ when form.Fixed.TryGetValue(key, out var value):
                emitter.Emit(Name(key));
                emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, value.Text, value.Style, isPlainImplicit: true, isQuotedImplicit: true));
                break;
        }
    }

    private static void List(Emitter emitter, ListForm list, IReadOnlyList<string> values, QuoteStyle quotes)
    {
        if (values.Count == 0)
        {
            return;
        }

        var joined = string.Join(' ', values);
        if (list.IsSingular && values.Count == 1)
        {
            Text(emitter, list.Key, values[0], quotes);
        }
        else if (!list.IsSingular && list.Style == ListStyle.Text && !values.Any(value => value.AsSpan().ContainsAny(' ', '\t', '\n')))
        {
            Text(emitter, list.Key, joined, quotes);
        }
        else
        {
            emitter.Emit(Name(list.Key));
            emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, list.Style == ListStyle.Block ? SequenceStyle.Block : SequenceStyle.Flow));
            foreach (var value in values)
            {
                // Words of a vocabulary are written without quotes nearly everywhere, also where titles have them.
                emitter.Emit(Value(value, QuoteStyle.NoQuotes));
            }

            emitter.Emit(new SequenceEnd());
        }
    }

    private static void Text(Emitter emitter, string key, string value, QuoteStyle quotes)
    {
        emitter.Emit(Name(key));
        emitter.Emit(Value(value, quotes));
    }

    private static void Plain(Emitter emitter, string key, string value)
    {
        emitter.Emit(Name(key));
        emitter.Emit(Name(value));
    }

    private static Scalar Name(string text) => new(AnchorName.Empty, TagName.Empty, text, ScalarStyle.Plain, isPlainImplicit: true, isQuotedImplicit: false);

    private static Scalar Value(string text, QuoteStyle quotes)
    {
        var style = quotes switch
        {
            QuoteStyle.NoQuotes when SurelyText().IsMatch(text) && !Words.Contains(text) => ScalarStyle.Plain,
            // Single quotes have no escapes, so that they hold only what can be printed.
            QuoteStyle.SingleQuotes when !text.Any(char.IsControl) && text.Trim() == text => ScalarStyle.SingleQuoted,
            _ => ScalarStyle.DoubleQuoted,
        };
        return new Scalar(AnchorName.Empty, TagName.Empty, text, style, isPlainImplicit: true, isQuotedImplicit: true);
    }

    // What YAML 1.1 takes for something else than text.
    private static readonly HashSet<string> Words = new(StringComparer.OrdinalIgnoreCase) { "true", "false", "yes", "no", "on", "off", "y", "n", "null" };

    // A letter first, and no character that means anything to YAML.
    [GeneratedRegex(@"^\p{L}[\p{L}\p{N} '’.,!?()/+_-]*(?<![ ,])$", RegexOptions.CultureInvariant)]
    private static partial Regex SurelyText();
}
