using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using System.Xml;
using Pipeline.Posts;

namespace Pipeline.Collecting;

/// <summary>
/// Reads the items of an XML file one after the other, however large it is. Document types are refused, so that no entity can grow;
/// where the file is cut off or broken, the items before that place are given.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="items">Names of the elements that are items.</param>
/// <param name="wanted">Which children of an item are read, by namespace and name.</param>
internal sealed class XmlItemReader(string path, string[] items, Func<string, string, bool> wanted)
{
    private static readonly HashSet<string> Void = new(StringComparer.OrdinalIgnoreCase) { "br", "hr", "img", "wbr", "input", "source", "col" };

    /// <summary>The items; what stops the reading is told to <paramref name="log"/>.</summary>
    public async IAsyncEnumerable<XmlItem> ReadAsync(CollectLog log, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var text = XmlText.Open(path);
        using var reader = XmlReader.Create(text, new XmlReaderSettings
        {
            Async = true,
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            CheckCharacters = false,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
        });
        while (await NextAsync(reader, log) is { } item)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return item;
        }
    }

    private async Task<XmlItem?> NextAsync(XmlReader reader, CollectLog log)
    {
        try
        {
            while (await reader.ReadAsync())
            {
                if (reader.NodeType == XmlNodeType.Element && Array.IndexOf(items, reader.LocalName) >= 0)
                {
                    return await ItemAsync(reader);
                }
            }

            return null;
        }
        catch (XmlException exception)
        {
            log.Problem(exception.Message.Contains("DTD", StringComparison.Ordinal)
                ? $"{path}: holds a document type (<!DOCTYPE …>), which is not read, since its entities can grow without bound. Remove it from the file."
                : $"{path}: the XML breaks off or is wrong at line {exception.LineNumber}, column {exception.LinePosition}; what comes before was read. Export or download it again. ({exception.Message})");
            return null;
        }
    }

    private async Task<XmlItem> ItemAsync(XmlReader reader)
    {
        var name = reader.LocalName;
        var line = (reader as IXmlLineInfo)?.LineNumber ?? 0;
        var fields = new List<XmlField>();
        var tooLong = false;
        var depth = reader.Depth;
        if (reader.IsEmptyElement)
        {
            return new(name, line, fields, tooLong);
        }

        await reader.ReadAsync();
        while (!reader.EOF && reader.Depth > depth)
        {
            if (reader.NodeType != XmlNodeType.Element)
            {
                await reader.ReadAsync();
            }
            else if (wanted(reader.NamespaceURI, reader.LocalName))
            {
                var (field, cut) = await FieldAsync(reader);
                fields.Add(field);
                tooLong |= cut;
            }
            else
            {
                await reader.SkipAsync();
            }
        }

        return new(name, line, fields, tooLong);
    }

    // Leaves the reader behind the field's end.
    private static async Task<(XmlField Field, bool Cut)> FieldAsync(XmlReader reader)
    {
        var (space, name, depth, empty) = (reader.NamespaceURI, reader.LocalName, reader.Depth, reader.IsEmptyElement);
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.MoveToNextAttribute())
        {
            attributes[reader.LocalName] = reader.Value;
        }

        reader.MoveToElement();
        var markup = attributes.GetValueOrDefault("type") == "xhtml";
        var text = new StringBuilder();
        var buffer = new char[4096];
        await reader.ReadAsync();
        while (!empty && !(reader.NodeType == XmlNodeType.EndElement && reader.Depth == depth))
        {
            if (reader.EOF)
            {
                break;
            }

            if (reader.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace)
            {
                for (int read; (read = await reader.ReadValueChunkAsync(buffer, 0, buffer.Length)) > 0;)
                {
                    if (text.Length <= PostReader.LargestPost)
                    {
                        var part = new string(buffer, 0, read);
                        text.Append(markup ? WebUtility.HtmlEncode(part) : part);
                    }
                }
            }
            else if (markup && text.Length <= PostReader.LargestPost)
            {
                Tag(reader, text);
            }

            await reader.ReadAsync();
        }

        if (!empty)
        {
            await reader.ReadAsync();
        }

        return (new(space, name, text.ToString(), attributes), text.Length > PostReader.LargestPost);
    }

    private static void Tag(XmlReader reader, StringBuilder html)
    {
        if (reader.NodeType == XmlNodeType.EndElement)
        {
            html.Append("</").Append(reader.LocalName).Append('>');
        }
        else if (reader.NodeType == XmlNodeType.Element)
        {
            var (name, empty) = (reader.LocalName, reader.IsEmptyElement);
            html.Append('<').Append(name);
            while (reader.MoveToNextAttribute())
            {
                html.Append(' ').Append(reader.LocalName).Append("=\"").Append(WebUtility.HtmlEncode(reader.Value)).Append('"');
            }

            reader.MoveToElement();
            html.Append(empty && !Void.Contains(name) ? $"></{name}>" : ">");
        }
    }
}
