//! TLS: who the server is to clients that speak https only.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

/// The names that a certificate made at the start is for.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Of what certificate a server speaks TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    /// One of files in PEM: the chain, the server's own certificate first, and its private key.
    Files {
        /// The chain's file.
        certificates: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// One for localhost, 127.0.0.1 and `::1`, made at the start and signed by an authority that is made with it. See
    /// [`crate::Server::authority`].
    SelfSigned,
}

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or holds nothing of use.
    #[error("cannot use {}: {reason}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The certificate and the key do not go together, or none could be made.
    #[error("cannot use the certificate: {0}")]
    Certificate(String),
}

/// What speaks TLS.
pub(crate) struct Ready {
    pub(crate) acceptor: TlsAcceptor,
    /// The authority that was made, in PEM.
    pub(crate) authority: Option<String>,
}

impl Tls {
    /// Reads or makes the certificate.
    pub(crate) fn ready(&self) -> Result<Ready, TlsError> {
        let (chain, key, authority) = match self {
            Self::Files { certificates, key } => (read_chain(certificates)?, read_key(key)?, None),
            Self::SelfSigned => {
                let (chain, key, authority) = make().map_err(refused)?;
                (chain, key, Some(authority))
            }
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(refused)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(refused)?;
        Ok(Ready { acceptor: TlsAcceptor::from(Arc::new(config)), authority })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
fn refused(error: impl ToString) -> TlsError {
    TlsError::Certificate(error.to_string())
}

fn read_chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let wrong = |reason: String| TlsError::File { file: file.to_owned(), reason };
    let certificates = CertificateDer::pem_file_iter(file).map_err(|error| wrong(error.to_string()))?;
    let chain: Vec<_> = certificates.collect::<Result<_, _>>().map_err(|error| wrong(error.to_string()))?;
    if chain.is_empty() {
        return Err(wrong("there is no certificate in it (-----BEGIN CERTIFICATE-----)".to_owned()));
    }
    Ok(chain)
}

fn read_key(file: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_file(file)
        .map_err(|error| TlsError::File { file: file.to_owned(), reason: format!("no private key: {error}") })
}

type Made = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>, String);

/// Makes an authority and a certificate that it signs: some clients take no certificate that vouches for itself. The
/// authority's own key is forgotten.
fn make() -> Result<Made, rcgen::Error> {
    let authority_key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "mock-server's own authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority = params.self_signed(&authority_key)?;
    let issuer = Issuer::new(params, authority_key);

    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(NAMES.map(str::to_owned))?;
    params.distinguished_name.push(DnType::CommonName, "mock-server");
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = params.signed_by(&key, &issuer)?;
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    Ok((vec![certificate.der().clone()], key.into(), authority.pem()))
}
