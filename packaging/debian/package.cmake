# `cpack -G DEB`, in the build directory of the release preset, makes the Debian package.
set(FAIRLEAD_MAINTAINER "fairlead <fairlead@example.com>" CACHE STRING "Who publishes the package")

file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/changelog first_line LIMIT_COUNT 1)
if(NOT first_line MATCHES "^fairlead \\(${PROJECT_VERSION}-([0-9]+)\\)")
  message(FATAL_ERROR "packaging/debian/changelog does not begin with version ${PROJECT_VERSION}-N")
endif()

set(CPACK_PACKAGE_NAME fairlead)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_DEBIAN_PACKAGE_RELEASE ${CMAKE_MATCH_1})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER ${FAIRLEAD_MAINTAINER})
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "steers DNS answers for PowerDNS by health, geography and weight")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"fairlead is a process behind the remote backend of the PowerDNS
Authoritative Server. For each name it decides which records to answer:
from where the client is, how traffic is weighted, and which endpoints are
healthy, as found by its own health checks. One YAML file describes zones,
policies and checks.")

set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "ca-certificates, systemd-standalone-sysusers | systemd-sysusers")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "pdns-server (>= 4.7), pdns-backend-remote")
# For build-mmdb, which makes a country database.
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "libmaxmind-db-writer-perl, tor-geoipdb, prometheus")

set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_SET_DESTDIR ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/stage.cmake)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${CMAKE_CURRENT_LIST_DIR}/conffiles ${CMAKE_CURRENT_LIST_DIR}/postinst
  ${CMAKE_CURRENT_LIST_DIR}/prerm ${CMAKE_CURRENT_LIST_DIR}/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
