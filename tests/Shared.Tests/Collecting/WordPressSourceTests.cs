namespace Pipeline.Shared.Tests.Collecting;

public sealed class WordPressSourceTests : IDisposable
{
    private const string Export = """
        <?xml version="1.0" encoding="UTF-8" ?>
        <rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:wp="http://wordpress.org/export/1.2/">
        <channel><title>Kitchen</title><wp:wxr_version>1.2</wp:wxr_version>
        <item><title><![CDATA[Barley soup]]></title><content:encoded><![CDATA[Soak the barley.

        [gallery ids="1,2"]Then <b>wait</b>.]]></content:encoded><excerpt:encoded><![CDATA[No.]]></excerpt:encoded>
          <wp:post_id>7</wp:post_id><wp:post_date><![CDATA[2021-05-06 01:30:00]]></wp:post_date><wp:post_date_gmt><![CDATA[2021-05-05 23:30:00]]></wp:post_date_gmt>
          <wp:status><![CDATA[publish]]></wp:status><wp:post_type><![CDATA[post]]></wp:post_type><wp:post_password><![CDATA[]]></wp:post_password>
          <category domain="category" nicename="soups"><![CDATA[Soups]]></category><category domain="post_tag" nicename="barley"><![CDATA[barley]]></category>
          <wp:comment><wp:comment_content>Tasty</wp:comment_content></wp:comment></item>
        <item><title>Draft</title><content:encoded>x</content:encoded><wp:post_id>8</wp:post_id><wp:post_date>2021-05-07 10:00:00</wp:post_date><wp:status>draft</wp:status><wp:post_type>post</wp:post_type></item>
        <item><title>About</title><content:encoded>y</content:encoded><wp:post_id>9</wp:post_id><wp:post_date>2021-05-07 10:00:00</wp:post_date><wp:status>publish</wp:status><wp:post_type>page</wp:post_type></item>
        <item><title>Secret</title><content:encoded>z</content:encoded><wp:post_id>10</wp:post_id><wp:post_date>2021-05-07 10:00:00</wp:post_date><wp:status>publish</wp:status><wp:post_type>post</wp:post_type><wp:post_password>sesame</wp:post_password></item>
        <item><title>Blocks</title><content:encoded><![CDATA[<!-- wp:paragraph --><p>Bread rises.</p><!-- /wp:paragraph -->]]></content:encoded><wp:post_id>11</wp:post_id><wp:post_date>2021-05-08 10:00:00</wp:post_date><wp:status>publish</wp:status><wp:post_type>post</wp:post_type></item>
        </channel></rss>
        """;

    private readonly Collection _collection = new();

    public void Dispose() => _collection.Dispose();

    [Fact]
    public async Task Published_posts_come_with_categories_tags_and_local_date()
    {
        _collection.Write("export.xml", Export);

        var result = await _collection.CollectAsync("export.xml");

        Assert.Equal(2, result.Added);
        Assert.Empty(_collection.Log.Problems);
        Assert.Equal(["behind a password", "status draft", "type page"], _collection.Log.LeftOut.Keys);
        var documents = _collection.Documents();
        Assert.Equal(["_posts/2021-05-06-barley-soup.html", "_posts/2021-05-08-blocks.html"], documents.Select(document => document.Path));
        Assert.Equal("Soak the barley.\n\nThen wait.", documents[0].Text.Trim());
        Assert.Equal(DateTimeOffset.Parse("2021-05-05T23:30:00Z", null), documents[0].Date!.Value.ToUniversalTime());
        Assert.Equal(["Soups"], documents[0].Categories);
        Assert.Equal(["barley"], documents[0].Tags);
        Assert.Equal("Bread rises.", documents[1].Text.Trim());
    }

    [Fact]
    public async Task An_export_of_another_version_is_read_with_one_line_about_it()
    {
        _collection.Write("export.xml", Export.Replace("export/1.2/", "export/2.0/", StringComparison.Ordinal));

        var result = await _collection.CollectAsync("export.xml");

        Assert.Equal(2, result.Added);
        Assert.Contains("version 2.0", Assert.Single(_collection.Log.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_export_that_is_cut_off_gives_what_comes_before()
    {
        _collection.Write("export.xml", Export[..Export.IndexOf("Bread rises", StringComparison.Ordinal)]);

        Assert.Equal(1, (await _collection.CollectAsync("export.xml")).Added);
        Assert.Contains("breaks off", Assert.Single(_collection.Log.Problems), StringComparison.Ordinal);
    }
}
