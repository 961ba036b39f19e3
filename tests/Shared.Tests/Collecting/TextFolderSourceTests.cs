using System.Text;
using Pipeline.Collecting;
using Pipeline.Posts;

namespace Pipeline.Shared.Tests.Collecting;

public sealed class TextFolderSourceTests : IDisposable
{
    private readonly Collection _collection = new();

    public void Dispose() => _collection.Dispose();

    [Fact]
    public async Task A_folder_of_Markdown_HTML_and_text_gives_a_post_a_file()
    {
        _collection.Write("notes/2021-04-05 nettles.md".Replace(' ', '-'), "# Nettles\n\nPick them *young*. Write `{{ x }}` so.\n");
        _collection.Write("notes/2021/tea.txt", "Boil <water>.\n\nWait.");
        _collection.Write("notes/page.html", """<html lang="de-AT"><head><title>Der Garten &amp; ich</title><meta property="article:published_time" content="2020-02-03T04:05:06Z"></head><body><nav><p>Home</p></nav><article><header><p>By me</p></header><p>Es regnet.</p></article></body></html>""");
        _collection.Write("notes/.git/x.md", "no");
        _collection.Write("notes/paper.pdf", "no");

        var result = await _collection.CollectAsync("notes");

        Assert.Equal(3, result.Added);
        Assert.Empty(_collection.Log.Problems);
        var documents = _collection.Documents().ToDictionary(document => document.Title);
        Assert.Equal("Pick them young. Write {{ x }} so.", documents["Nettles"].Text.Trim());
        Assert.Equal("2021-04-05", documents["Nettles"].Date!.Value.ToString("yyyy-MM-dd", null));
        Assert.Equal("Boil <water>.\n\nWait.", documents["Tea"].Text.Trim());
        Assert.Equal("Es regnet.", documents["Der Garten & ich"].Text.Trim());
        Assert.Equal("de", documents["Der Garten & ich"].Language);
        Assert.Equal(["files of type .pdf, which are not read"], _collection.Log.LeftOut.Keys);
    }

    [Fact]
    public async Task A_file_without_a_date_keeps_the_one_of_the_first_run_wherever_its_copy_comes_from()
    {
        var file = _collection.Write("notes/tea.txt", "Boil water.");
        File.SetLastWriteTimeUtc(file, new(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        await _collection.CollectAsync("notes");
        File.SetLastWriteTimeUtc(file, new(2024, 1, 2, 3, 4, 5, DateTimeKind.Utc));

        Assert.Equal(new CollectResult(1, 0, 0, 1, 0), await _collection.CollectAsync("notes"));
        Assert.StartsWith("_posts/2020-01-02-tea", Assert.Single(_collection.Documents()).Path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Hugo_site_gives_its_content_without_shortcodes_and_drafts()
    {
        _collection.Write("site/hugo.toml", "title = 'x'");
        _collection.Write("site/themes/t/README.md", "not content");
        _collection.Write("site/content/_index.md", "---\ntitle: List\n---\n");
        _collection.Write("site/content/posts/soup/index.md", """
            +++
            title = "Soup"
            date = 2022-03-04T05:06:07+01:00
            tags = ["hot", "slow"]
            +++
            Take {{< figure src="a.png" title="{x}" >}}salt.{{% note %}}Not much.{{% /note %}} Show {{</* youtube */>}}.

            {{< highlight go "linenos=table" >}}
            x := 1
            {{< /highlight >}}
            """);
        _collection.Write("site/content/posts/bread.de.md", "{ \"title\": \"Brot\", \"date\": \"2022-03-05\", \"categories\": [\"Backen\"] }\n\nMehl und Wasser.\n");
        _collection.Write("site/content/posts/later.md", "---\ntitle: Later\ndate: 2022-01-01\ndraft: true\n---\nNo.\n");

        var result = await _collection.CollectAsync("site");

        Assert.Equal(2, result.Added);
        Assert.Empty(_collection.Log.Problems);
        Assert.Equal(["drafts"], _collection.Log.LeftOut.Keys);
        var documents = _collection.Documents();
        Assert.Equal(["Soup", "Brot"], documents.Select(document => document.Title));
        Assert.StartsWith("Take salt.Not much. Show {{< youtube >}}.", documents[0].Text, StringComparison.Ordinal);
        Assert.DoesNotContain("highlight", documents[0].Text, StringComparison.Ordinal);
        Assert.Equal(["hot", "slow"], documents[0].Tags);
        Assert.Equal("de", documents[1].Language);
        Assert.Equal(["Backen"], documents[1].Categories);
    }

    [Fact]
    public async Task An_Astro_site_gives_its_content_without_code_and_components()
    {
        _collection.Write("site/astro.config.mjs", "export default {}");
        _collection.Write("site/src/pages/about.md", "not content");
        _collection.Write("site/src/content/blog/_draft.md", "not yet");
        _collection.Write("site/src/content/blog/hail.mdx", """
            ---
            title: Hail
            pubDate: 2023-04-05
            ---
            import Chart from '../Chart.astro';
            export const size = {
              a: 1,
            };

            Hail fell. {/* check this */}<Chart data={[1, 2]} client:load />

            <Note kind="x">
            It melted <em>soon</em>.
            </Note>

            ```js
            import kept from 'here';
            ```
            """);

        Assert.Equal(1, (await _collection.CollectAsync("site")).Added);
        Assert.Empty(_collection.Log.Problems);
        var document = Assert.Single(_collection.Documents());
        Assert.Equal("2023-04-05", document.Date!.Value.ToString("yyyy-MM-dd", null));
        Assert.StartsWith("Hail fell.", document.Text, StringComparison.Ordinal);
        Assert.Contains("It melted soon.", document.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Chart", document.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("size", document.Text, StringComparison.Ordinal);
        Assert.Contains("import kept from 'here';", File.ReadAllText(Path.Combine(_collection.Blog, document.Path)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_in_wrong_encodings_too_large_or_with_broken_front_matter_are_told_and_the_rest_goes_on()
    {
        _collection.Write("notes/a.txt", Encoding.Latin1.GetBytes("Crème brûlée"));
        _collection.Write("notes/b.md", "---\ntitle: \"open\ntags: [a\n---\nBody stays.\n");
        _collection.Write("notes/c.txt", new byte[PostReader.LargestPost + 1]);
        _collection.Write("notes/d.txt", "Good.");

        var result = await _collection.CollectAsync("notes");

        Assert.Equal(3, result.Added);
        Assert.Equal(3, _collection.Log.Problems.Count);
        Assert.All(_collection.Log.Problems, problem => Assert.StartsWith("notes: ", problem, StringComparison.Ordinal));
        Assert.Contains("Crème brûlée", _collection.Documents().Select(document => document.Text.Trim()));
    }

    [Fact]
    public async Task An_empty_folder_is_told_in_one_line()
    {
        Directory.CreateDirectory(_collection.PathOf("empty"));

        Assert.Equal(0, (await _collection.CollectAsync("empty")).Read);
        Assert.Contains("Name the folder that holds the posts", Assert.Single(_collection.Log.Problems), StringComparison.Ordinal);
    }
}
