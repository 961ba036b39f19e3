using Pipeline.Posts;
using Pipeline.Testing;

namespace Pipeline.Shared.Tests.Posts;

public sealed class BlogFolderTests : IDisposable
{
    private const string Post = "---\ntitle: T\n---\nText\n";

    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [InlineData("_config.yml", "_posts/2024-05-01-a.md", "")]
    [InlineData("docs/_config.yml", "docs/_posts/2024-05-01-a.md", "docs")]
    [InlineData("_config.yml", "src/_posts/2024-05-01-a.md", "")]
    [InlineData("_config.yaml", "_posts/2024-05-01-a.md", "")]
    public void The_configuration_is_found_at_the_top_or_below(string config, string post, string root)
    {
        Write(config, "title: My blog\ntimezone: Europe/Berlin\n");
        Write(post, Post);

        var blog = BlogFolder.Open(_temporary.FullName);

        Assert.Equal((config, root, "My blog", "Europe/Berlin"), (blog.ConfigPath, blog.Config.SiteRoot, blog.Config.Title, blog.Config.TimeZone.Id));
        Assert.Equal([post], blog.PostFiles(drafts: false));
        Assert.Equal(Post, System.Text.Encoding.UTF8.GetString(blog.ReadPost(post).Span));
    }

    [Fact]
    public void The_configuration_that_has_posts_is_preferred_over_a_themes()
    {
        Write("_config.yml", "title: Theme\n");
        Write("docs/_config.yml", "title: Blog\n");
        Write("docs/_posts/2024-05-01-a.md", Post);
        Write("test/_config.yml", "title: Test\n");

        Assert.Equal("Blog", BlogFolder.Open(_temporary.FullName).Config.Title);
    }

    [Fact]
    public void A_folder_of_posts_without_a_configuration_is_a_blog_with_jekylls_defaults()
    {
        Write("_posts/2024-05-01-a.md", Post);

        var blog = BlogFolder.Open(_temporary.FullName);

        Assert.Null(blog.ConfigPath);
        Assert.Equal("/2024/05/01/a.html", PostUrl.For(blog.Config, "_posts/2024-05-01-a.md", FrontMatter.Parse(Post, "")));
    }

    [Fact]
    public void A_blog_may_be_empty()
    {
        Write("_config.yml", "");

        Assert.Empty(BlogFolder.Open(_temporary.FullName).PostFiles(drafts: true));
    }

    [Fact]
    public void A_folder_that_is_no_blog_is_refused_with_the_way_out()
    {
        Write("readme.md", "x");
        Write("node_modules/theme/_posts/2024-05-01-a.md", Post);

        var error = Assert.Throws<BlogException>(() => BlogFolder.Open(_temporary.FullName));

        Assert.Contains(_temporary.FullName, error.Message, StringComparison.Ordinal);
        Assert.Contains("_posts", error.Message, StringComparison.Ordinal);
        Assert.Throws<BlogException>(() => BlogFolder.Open(_temporary.Sub("missing")));
        Assert.Throws<BlogException>(() => BlogFolder.Open(_temporary.Sub("readme.md")));
    }

    [Fact]
    public void Only_what_jekyll_would_read_is_listed_in_ordinal_order()
    {
        Write("_config.yml", "exclude: [old, '*.tmp.md']\n");
        Write("_posts/2024-05-02-b c#.md", Post);
        Write("_posts/2024-05-01-日本語..x.md", Post);
        Write("_posts/deep/er/2024-05-03-c.html", Post);
        Write("_posts/notes.md", Post);
        Write("_posts/.hidden/2024-05-03-c.md", Post);
        Write("_posts/2024-05-04-folder.md/x.md", Post);
        Write("_posts/2024-05-05-e.tmp.md", Post);
        Write("_drafts/idea.md", Post);
        Write("a/_posts/2024-05-06-f.md", Post);
        foreach (var ignored in new[] { "_site", ".git", "node_modules", "vendor", "old" })
        {
            Write($"{ignored}/_posts/2024-05-07-g.md", Post);
        }

        var blog = BlogFolder.Open(_temporary.FullName);

        Assert.Equal(["_posts/2024-05-01-日本語..x.md", "_posts/2024-05-02-b c#.md", "_posts/deep/er/2024-05-03-c.html", "a/_posts/2024-05-06-f.md"], blog.PostFiles(drafts: false));
        Assert.Contains("_drafts/idea.md", blog.PostFiles(drafts: true));
        Assert.Empty(blog.Problems);
    }

    [Fact]
    public void A_collections_folder_moves_the_posts()
    {
        Write("_config.yml", "collections_dir: content/\n");
        Write("content/_posts/2024-05-01-a.md", Post);
        Write("_posts/2024-05-01-b.md", Post);

        Assert.Equal(["content/_posts/2024-05-01-a.md"], BlogFolder.Open(_temporary.FullName).PostFiles(drafts: false));
    }

    [Fact]
    public void Links_that_lead_out_are_left_out_and_reported_others_are_followed()
    {
        Write("secret/2024-05-01-secret.md", Post);
        Write("blog/_posts/2024-05-01-a.md", Post);
        Write("blog/kept/2024-05-02-b.md", Post);
        File.CreateSymbolicLink(_temporary.Sub("blog/_posts/2024-05-03-out.md"), _temporary.Sub("secret/2024-05-01-secret.md"));
        File.CreateSymbolicLink(_temporary.Sub("blog/_posts/2024-05-04-in.md"), "../kept/2024-05-02-b.md");
        File.CreateSymbolicLink(_temporary.Sub("blog/_posts/2024-05-05-nowhere.md"), "missing.md");
        Directory.CreateSymbolicLink(_temporary.Sub("blog/_posts/out"), _temporary.Sub("secret"));
        Directory.CreateSymbolicLink(_temporary.Sub("blog/_posts/loop"), _temporary.Sub("blog"));
        Directory.CreateSymbolicLink(_temporary.Sub("blog/_posts/kept"), "../kept");

        var blog = BlogFolder.Open(_temporary.Sub("blog"));

        Assert.Equal(["_posts/2024-05-01-a.md", "_posts/2024-05-04-in.md", "_posts/kept/2024-05-02-b.md"], blog.PostFiles(drafts: false));
        Assert.Equal(3, blog.Problems.Count);
        Assert.All(blog.PostFiles(drafts: false), path => Assert.Equal(Post.Length, blog.ReadPost(path).Length));
        Assert.Throws<BlogException>(() => blog.ReadPost("_posts/2024-05-03-out.md"));
        Assert.Throws<BlogException>(() => blog.ReadPost("_posts/out/2024-05-01-secret.md"));
    }

    [Theory]
    [InlineData("../secret")]
    [InlineData("_posts/../../secret")]
    [InlineData("/etc/hostname")]
    [InlineData("_posts/missing.md")]
    [InlineData("_posts")]
    public void Nothing_outside_and_nothing_that_is_no_file_is_read(string path)
    {
        Write("blog/_posts/2024-05-01-a.md", Post);
        Write("secret", "x");

        Assert.Throws<BlogException>(() => BlogFolder.Open(_temporary.Sub("blog")).ReadPost(path));
    }

    [Fact]
    public void A_post_of_fifty_megabytes_is_not_read()
    {
        Write("_posts/2024-05-01-a.md", "");
        using (var file = File.OpenWrite(_temporary.Sub("_posts/2024-05-01-a.md")))
        {
            file.SetLength(50L << 20);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<BlogException>(() => BlogFolder.Open(_temporary.FullName).ReadPost("_posts/2024-05-01-a.md"));

        Assert.Contains("50.0 MB", error.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void A_file_that_cannot_be_opened_is_named()
    {
        Write("_posts/2024-05-01-a.md", Post);
        var blog = BlogFolder.Open(_temporary.FullName);
        File.Delete(_temporary.Sub("_posts/2024-05-01-a.md"));

        Assert.Contains("_posts/2024-05-01-a.md", Assert.Throws<BlogException>(() => blog.ReadPost("_posts/2024-05-01-a.md")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_no_store_takes_is_reported()
    {
        Write("_posts/2024-05-01-a\\b.md", Post);
        Write("_posts/2024-05-01-a\nb.md", Post);

        var blog = BlogFolder.Open(_temporary.FullName);

        Assert.Empty(blog.PostFiles(drafts: false));
        Assert.Equal(2, blog.Problems.Count);
        Assert.All(blog.Problems, problem => Assert.DoesNotContain('\n', problem));
    }

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_temporary.Sub(path))!);
        File.WriteAllText(_temporary.Sub(path), text);
    }
}
